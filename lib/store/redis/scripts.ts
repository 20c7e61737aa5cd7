import { nameScript, type Script } from './script.ts'

/*
 * Each script is one operation of the contract. The rules are those of `../durable/`, which says them in TypeScript; the
 * suite in `tests/store` holds the two together.
 *
 * `allow-key-locking` lets Upstash run scripts for different accounts beside each other, on condition that a script
 * touches no key but those in KEYS. What is decided here stands in the open (hash fields, the numbers of a session); the
 * rest is opaque text, since cjson would turn an empty list into `{}` and refuses some strings that JSON allows.
 */

/**
 * KEYS: address, account, credential, sessions
 * ARGV: user id, profile, disabled (0 or 1), password hash, session id, session, when the sessions may go (Unix seconds)
 * Returns 1, or 0 when the address has an owner.
 */
const CREATE = `#!lua flags=allow-key-locking
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'profile', ARGV[2], 'disabled', ARGV[3])
redis.call('HSET', KEYS[3], 'hash', ARGV[4], 'version', 1)
redis.call('HSET', KEYS[4], ARGV[5], ARGV[6])
redis.call('EXPIREAT', KEYS[4], ARGV[7])
return 1
`

/**
 * Finds the second key by the first, so it cannot declare both and goes without the flag.
 *
 * KEYS: address
 * ARGV: what the keys of credentials begin with
 * Returns { user id, password hash, version }, or nil.
 */
const CREDENTIAL_BY_EMAIL = `
local owner = redis.call('GET', KEYS[1])
if not owner then return false end
local credential = redis.call('HMGET', ARGV[1] .. owner, 'hash', 'version')
return { owner, credential[1], credential[2] }
`

/**
 * KEYS: credential
 * ARGV: expected password hash, new one
 * Returns 1, or 0 when another hash is stored, or none.
 */
const REHASH = `#!lua flags=allow-key-locking
if redis.call('HGET', KEYS[1], 'hash') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'hash', ARGV[2])
return 1
`

/**
 * KEYS: account, credential, sessions
 * ARGV: session id, session, now, version of the credential, most sessions, for how long they outlive their end (s)
 * Returns the profile, or nil when the session is refused.
 */
const OPEN = `#!lua flags=allow-key-locking
local account = redis.call('HMGET', KEYS[1], 'profile', 'disabled')
if account[2] ~= '0' or redis.call('HGET', KEYS[2], 'version') ~= ARGV[4] then return false end

local now = tonumber(ARGV[3])
local last = cjson.decode(ARGV[2]).expiresAt
local others = {}
local stored = redis.call('HGETALL', KEYS[3])
for i = 1, #stored, 2 do
  if stored[i] ~= ARGV[1] then
    local session = cjson.decode(stored[i + 1])
    session.id = stored[i]
    session.ended = session.revokedAt ~= cjson.null or now >= session.expiresAt
    others[#others + 1] = session
    last = math.max(last, session.expiresAt)
  end
end

table.sort(others, function(a, b)
  if a.ended ~= b.ended then return a.ended end
  if a.createdAt ~= b.createdAt then return a.createdAt < b.createdAt end
  return a.id < b.id
end)
for i = 1, #others + 1 - tonumber(ARGV[5]) do redis.call('HDEL', KEYS[3], others[i].id) end

redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('EXPIREAT', KEYS[3], last + tonumber(ARGV[6]))
return account[1]
`

/**
 * KEYS: account, sessions
 * ARGV: session id, presented, now, grace, idle, limit, length of the limit's window (all durations in seconds)
 * Returns { outcome }, { 'limited', reset at }, or { outcome, session, profile }.
 */
const ADVANCE = `#!lua flags=allow-key-locking
local account = redis.call('HMGET', KEYS[1], 'profile', 'disabled')
local stored = redis.call('HGET', KEYS[2], ARGV[1])
if not stored or account[2] ~= '0' then return { 'unknown' } end

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
if outcome == 'reused' then return { outcome } end
return { outcome, advanced, account[1] }
`

/**
 * KEYS: account, sessions
 * ARGV: session id
 * Returns { session, profile, disabled }, or nil.
 */
const GET = `#!lua flags=allow-key-locking
local account = redis.call('HMGET', KEYS[1], 'profile', 'disabled')
local session = redis.call('HGET', KEYS[2], ARGV[1])
if not session or not account[1] then return false end
return { session, account[1], account[2] }
`

/**
 * KEYS: sessions
 * ARGV: session id, now
 */
const REVOKE = `#!lua flags=allow-key-locking
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 0 end
local session = cjson.decode(stored)
if session.revokedAt ~= cjson.null then return 0 end
session.revokedAt = tonumber(ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(session))
return 1
`

export interface Scripts {
  create: Script
  credentialByEmail: Script
  rehash: Script
  open: Script
  advance: Script
  get: Script
  revoke: Script
}

/** All scripts with their names. Plain text, which an isolate may keep. */
export async function nameScripts(): Promise<Scripts> {
  const [create, credentialByEmail, rehash, open, advance, get, revoke] = await Promise.all([
    nameScript(CREATE),
    nameScript(CREDENTIAL_BY_EMAIL),
    nameScript(REHASH),
    nameScript(OPEN),
    nameScript(ADVANCE),
    nameScript(GET),
    nameScript(REVOKE),
  ])
  return { create, credentialByEmail, rehash, open, advance, get, revoke }
}
