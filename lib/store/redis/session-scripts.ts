import { enterActivity, readUser } from './lua.ts'
import { nameEach, type Script } from './script.ts'

/*
 * Scripts that middleware carries; `scripts.ts` has the others, and says what holds for all.
 */

/**
 * KEYS: account, sessions, activity
 * ARGV: session id, presented, now, grace, idle, limit, length of the limit's window (all durations in seconds), entry of
 *   activity for a reuse
 * Returns { outcome }, { 'limited', reset at }, or { outcome, session, user }.
 */
const ADVANCE = `#!lua flags=allow-key-locking
local user = ${readUser('KEYS[1]')}
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored or user[1] ~= '0' then return { 'unknown' } end

local session = cjson.decode(stored)
local presented, now = tonumber(ARGV[2]), tonumber(ARGV[3])
local grace, idle = tonumber(ARGV[4]), tonumber(ARGV[5])
local limit, length = tonumber(ARGV[6]), tonumber(ARGV[7])
if session.revokedAt ~= cjson.null then return { 'revoked' } end
if now >= session.expiresAt or now - session.advancedAt >= idle then return { 'expired' } end

local window = math.floor(now / length)
local count = session.refreshes
if count.window ~= window then
  count = { window = window, current = 0, previous = count.window == window - 1 and count.current or 0 }
end
local weighted = math.floor((1 - now % length / length) * count.previous)
if weighted + count.current >= limit then return { 'limited', (window + 1) * length } end
count.current = count.current + 1
session.refreshes = count

local outcome
if presented >= session.current then
  outcome = 'advanced'
  session.parent = presented
  session.current = presented + 1
  session.advancedAt = now
elseif presented ~= session.parent then
  outcome = 'reused'
  session.revokedAt = now
elseif now - session.advancedAt <= grace then
  outcome = 'repeated'
else
  outcome = 'reissued'
  session.current = session.current + 1
  session.advancedAt = now
end

local advanced = cjson.encode(session)
redis.call('HSET', KEYS[2], ARGV[1], advanced)
if outcome ~= 'reused' then return { outcome, advanced, user } end
${enterActivity('KEYS[3]', 'ARGV[8]')}
return { outcome }
`

/**
 * KEYS: account, sessions
 * ARGV: session id
 * Returns { session, user }, or nil.
 */
const GET = `#!lua flags=allow-key-locking
local user = ${readUser('KEYS[1]')}
local session = redis.call('HGET', KEYS[2], ARGV[1])
if not session or not user[1] then return false end
return { session, user }
`

const SOURCES = { advance: ADVANCE, get: GET }

export type SessionScripts = Record<keyof typeof SOURCES, Script>

/** With their names. Plain text, which an isolate may keep. */
export function nameSessionScripts(): Promise<SessionScripts> {
  return nameEach(SOURCES)
}
