import { EMAIL_UNDO_SECONDS } from '../contract.ts'
import { END_SESSIONS, enterActivity, HOLDER, IS_ADMIN, MEMBERS, RELIST, readUser } from './lua.ts'
import { LINK_FIELDS } from './records.ts'
import { nameEach, type Script } from './script.ts'
import { nameSessionScripts, type SessionScripts } from './session-scripts.ts'

/*
 * Each script is one operation of the contract. The rules are those of `../durable/`, which says them in TypeScript; the
 * suite in `tests/store` holds the two together.
 *
 * `allow-key-locking` lets Upstash run scripts for different accounts beside each other, on condition that a script
 * touches no key but those in KEYS. What is decided here stands in the open (hash fields, the numbers of a session, type
 * and count of an activity); the rest is opaque text, since cjson would turn an empty list into `{}` and refuses some
 * strings that JSON allows. Search terms come as lines, and stay with the account so: Lua cannot fold what it removes.
 */

/**
 * KEYS: address, account, credential, sessions, activity, created, terms
 * ARGV: user id, created at, terms of the address, terms of the name, password hash, session id, session, when the sessions
 *   may go (Unix seconds), entry of activity, fields of the user with their values
 * Returns 1, or 0 when the address has an owner, or is kept for somebody.
 */
const CREATE = `#!lua flags=allow-key-locking
${MEMBERS}${HOLDER}
if holder(KEYS[1], tonumber(ARGV[2])) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
redis.call('HSET', KEYS[2], 'address', KEYS[1], 'addressTerms', ARGV[3], 'nameTerms', ARGV[4], unpack(ARGV, 10))
redis.call('HSET', KEYS[3], 'hash', ARGV[5], 'version', 1)
redis.call('HSET', KEYS[4], ARGV[6], ARGV[7])
redis.call('EXPIREAT', KEYS[4], ARGV[8])
${enterActivity('KEYS[5]', 'ARGV[9]')}
redis.call('ZADD', KEYS[6], 0, createdMember(ARGV[2], ARGV[1]))
for _, member in termMembers(ARGV[3] .. '\\n' .. ARGV[4], ARGV[1]) do redis.call('ZADD', KEYS[7], 0, member) end
return 1
`

/**
 * Finds the second key by the first, so it cannot declare both and goes without the flag. There is no credential under the
 * name of a user for whom an address is kept.
 *
 * KEYS: address
 * ARGV: what the keys of credentials begin with
 * Returns { user id, password hash, version }, or nil.
 */
const CREDENTIAL_BY_EMAIL = `
local owner = redis.call('GET', KEYS[1])
if not owner then return false end
local credential = redis.call('HMGET', ARGV[1] .. owner, 'hash', 'version')
return credential[1] and { owner, credential[1], credential[2] }
`

/**
 * KEYS: credential
 * Returns { password hash, version }, or nil.
 */
const CREDENTIAL_BY_ID = `#!lua flags=allow-key-locking
local credential = redis.call('HMGET', KEYS[1], 'hash', 'version')
return credential[1] and credential
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
 * KEYS: credential, sessions, activity, account, and the address that was proved, if one was
 * ARGV: expected version, password hash, id of the session that goes on (empty: none), now, entry of activity, user id
 * Returns the ids of the sessions that it ended (`Ended`), or nil when the credential is of another version.
 */
const SET_PASSWORD = `#!lua flags=allow-key-locking
${END_SESSIONS}
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[1] then return false end
redis.call('HSET', KEYS[1], 'hash', ARGV[2], 'version', ARGV[1] + 1)
if KEYS[5] and redis.call('GET', KEYS[5]) == ARGV[6] then redis.call('HSET', KEYS[4], 'emailVerified', 'true') end
${enterActivity('KEYS[3]', 'ARGV[5]')}
return endSessions(KEYS[2], ARGV[3], tonumber(ARGV[4]))
`

/**
 * KEYS: address, account, activity
 * ARGV: user id, entry of activity
 * Returns 1, or 0 when the address is not the account's.
 */
const VERIFY_EMAIL = `#!lua flags=allow-key-locking
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('HGET', KEYS[2], 'emailVerified') == 'true' then return 1 end
redis.call('HSET', KEYS[2], 'emailVerified', 'true')
${enterActivity('KEYS[3]', 'ARGV[2]')}
return 1
`

/**
 * KEYS: old address, new one, account, credential, activity, terms
 * ARGV: user id, expected version, expected email, new one, terms of its address, now, for how long the key of an address
 *   outlives what it says (s), entry of activity
 * Returns 'changed', 'email_taken' or 'refused'.
 */
const CHANGE_EMAIL = `#!lua flags=allow-key-locking
${MEMBERS}${RELIST}${HOLDER}
local now = tonumber(ARGV[6])
if (holder(KEYS[2], now) or ARGV[1]) ~= ARGV[1] then return 'email_taken' end
if redis.call('HGET', KEYS[3], 'email') ~= ARGV[3] or redis.call('HGET', KEYS[4], 'version') ~= ARGV[2] then
  return 'refused'
end
local changedAt = tonumber(redis.call('HGET', KEYS[3], 'emailChangedAt'))
if changedAt and now < changedAt + ${EMAIL_UNDO_SECONDS} then return 'refused' end
redis.call('HSET', KEYS[3], 'email', ARGV[4], 'emailVerified', 'true')
if KEYS[1] ~= KEYS[2] then
  local till = now + ${EMAIL_UNDO_SECONDS}
  redis.call('SET', KEYS[1], '~' .. ARGV[1] .. ' ' .. till, 'EXAT', till + ARGV[7])
  redis.call('SET', KEYS[2], ARGV[1])
  redis.call('HSET', KEYS[3], 'emailChangedAt', ARGV[6], 'address', KEYS[2], 'previous', KEYS[1])
  relist(KEYS[3], KEYS[6], ARGV[1], 'addressTerms', ARGV[5])
end
${enterActivity('KEYS[5]', 'ARGV[8]')}
return 'changed'
`

/**
 * The other address is kept for the account just as long as the change can be undone.
 *
 * KEYS: address, the one to recover by, account, credential, sessions, activity, terms
 * ARGV: user id, expected email, the one to recover by, terms of its address, password hash, now, entry of activity
 * Returns the ids of the sessions that it ended (`Ended`), or nil when it is refused.
 */
const RECOVER = `#!lua flags=allow-key-locking
${MEMBERS}${RELIST}${HOLDER}${END_SESSIONS}
local now = tonumber(ARGV[6])
if redis.call('HGET', KEYS[3], 'email') ~= ARGV[2] then return false end
if KEYS[1] ~= KEYS[2] then
  if holder(KEYS[2], now) ~= ARGV[1] then return false end
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[2], ARGV[1])
  redis.call('HSET', KEYS[3], 'email', ARGV[3], 'emailChangedAt', 'null', 'address', KEYS[2])
  redis.call('HDEL', KEYS[3], 'previous')
  relist(KEYS[3], KEYS[7], ARGV[1], 'addressTerms', ARGV[4])
end
redis.call('HSET', KEYS[3], 'emailVerified', 'true')
redis.call('HSET', KEYS[4], 'hash', ARGV[5])
redis.call('HINCRBY', KEYS[4], 'version', 1)
${enterActivity('KEYS[6]', 'ARGV[7]')}
return endSessions(KEYS[5], nil, now)
`

/**
 * KEYS: account
 * Returns the user, or nil.
 */
const USER_BY_ID = `#!lua flags=allow-key-locking
local user = ${readUser('KEYS[1]')}
return user[1] and user
`

/**
 * KEYS: account, terms
 * ARGV: user id, name, its terms
 * Returns the user as it is now, or nil.
 */
const UPDATE_USER = `#!lua flags=allow-key-locking
${MEMBERS}${RELIST}
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
redis.call('HSET', KEYS[1], 'name', ARGV[2])
relist(KEYS[1], KEYS[2], ARGV[1], 'nameTerms', ARGV[3])
return ${readUser('KEYS[1]')}
`

/**
 * KEYS: account, sessions, activity, account of the one who makes the change
 * ARGV: whether that one is an admin by the settings (0 or 1), roles, disabled (0 or 1; either empty: as it is), now, entry of
 *   activity
 * Returns { outcome }, or { 'changed', user as it is now, ids of the sessions that it ended (`Ended`) }.
 */
const SET_ACCESS = `#!lua flags=allow-key-locking
${END_SESSIONS}${IS_ADMIN}
local by = redis.call('HMGET', KEYS[4], 'disabled', 'roles')
if by[1] ~= '0' or not (ARGV[1] == '1' or isAdmin(by[2])) then return { 'refused' } end
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'unknown' } end
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'roles', ARGV[2]) end
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'disabled', ARGV[3]) end
${enterActivity('KEYS[3]', 'ARGV[5]')}
local ended = ARGV[3] == '1' and endSessions(KEYS[2], nil, tonumber(ARGV[4])) or {}
return { 'changed', ${readUser('KEYS[1]')}, ended }
`

/**
 * Finds by the account what address it has by now, and the one before a change, so it goes without the flag.
 *
 * KEYS: address, account, credential, sessions, activity, created, terms
 * ARGV: user id, expected version, now
 * Returns the ids of the sessions that it ended (`Ended`), or nil when the account is an admin's or its credential of
 * another version.
 */
const DELETE = `
${MEMBERS}${END_SESSIONS}${IS_ADMIN}${HOLDER}
if redis.call('HGET', KEYS[3], 'version') ~= ARGV[2] then return false end
local account = redis.call('HMGET', KEYS[2], 'roles', 'createdAt', 'addressTerms', 'nameTerms', 'address', 'previous')
if isAdmin(account[1]) then return false end
local ended = endSessions(KEYS[4], nil, tonumber(ARGV[3]))
redis.call('ZREM', KEYS[6], createdMember(account[2], ARGV[1]))
for _, member in termMembers(account[3] .. '\\n' .. account[4], ARGV[1]) do redis.call('ZREM', KEYS[7], member) end
for _, address in ipairs({ KEYS[1], account[5] or KEYS[1], account[6] or KEYS[1] }) do
  if holder(address, 0) == ARGV[1] then redis.call('DEL', address) end
end
redis.call('DEL', KEYS[2], KEYS[3], KEYS[4], KEYS[5])
return ended
`

/**
 * Reads the accounts that it finds, whose keys it cannot declare, so it goes without the flag. An account's first term with
 * the prefix is the one that shares less than the prefix with those before it. `\255` is no byte of UTF-8, and above them all.
 *
 * KEYS: created, terms
 * ARGV: prefix, place to go on behind (empty: from the beginning), how many accounts, what the keys of accounts begin with
 * Returns { term, user id, user } of each.
 */
const PAGE = `
${MEMBERS}
local prefix, behind, most = ARGV[1], ARGV[2], tonumber(ARGV[3])
local members = {}
if prefix == '' then
  local from = behind == '' and '+' or '(' .. behind
  members = redis.call('ZRANGE', KEYS[1], from, '-', 'BYLEX', 'REV', 'LIMIT', 0, most)
else
  for shared = 0, math.min(#prefix, 1000) - 1 do
    local group = string.format('%03d', shared)
    local from = behind == '' and '[' .. group .. prefix or '(' .. group .. behind
    local to = '(' .. group .. prefix .. '\\255'
    for _, member in ipairs(redis.call('ZRANGE', KEYS[2], from, to, 'BYLEX', 'LIMIT', 0, most)) do
      members[#members + 1] = string.sub(member, 4)
    end
  end
  table.sort(members, isBefore)
end

local found = {}
for i = 1, math.min(#members, most) do
  local term, id = string.match(members[i], '^(.*)\\n(.*)$')
  local account = ARGV[4] .. id
  found[i] = { term, id, ${readUser('account')} }
end
return found
`

/**
 * KEYS: account, activity
 * ARGV: entry
 */
const APPEND_ACTIVITY = `#!lua flags=allow-key-locking
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local entry = ARGV[1]
local kind, count, details = string.match(entry, '^(%S+) (%d+) (.*)$')
local newestKind, newestCount = string.match(redis.call('LINDEX', KEYS[2], 0) or '', '^(%S+) (%d+) ')
if newestKind == kind then
  redis.call('LPOP', KEYS[2])
  entry = string.format('%s %d %s', kind, newestCount + count, details)
end
${enterActivity('KEYS[2]', 'entry')}
return 1
`

/**
 * KEYS: account, credential, sessions, activity
 * ARGV: session id, session, now, version of the credential, most sessions, for how long they outlive their end (s), entry of
 *   activity
 * Returns the user, or nil when the session is refused.
 */
const OPEN = `#!lua flags=allow-key-locking
local user = ${readUser('KEYS[1]')}
if user[1] ~= '0' or redis.call('HGET', KEYS[2], 'version') ~= ARGV[4] then return false end

local now = tonumber(ARGV[3])
local last = cjson.decode(ARGV[2]).expiresAt
local others = {}
local stored = redis.call('HGETALL', KEYS[3])
for i = 1, #stored, 2 do
  if stored[i] ~= ARGV[1] then
    local session = cjson.decode(stored[i + 1])
    if now >= session.expiresAt + tonumber(ARGV[6]) then
      redis.call('HDEL', KEYS[3], stored[i])
    else
      session.id = stored[i]
      session.ended = session.revokedAt ~= cjson.null or now >= session.expiresAt
      others[#others + 1] = session
      last = math.max(last, session.expiresAt)
    end
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
${enterActivity('KEYS[4]', 'ARGV[7]')}
return user
`

/**
 * KEYS: sessions
 * ARGV: session id, now
 * Returns 1, or 0 when there is no such session.
 */
const REVOKE = `#!lua flags=allow-key-locking
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if not stored then return 0 end
local session = cjson.decode(stored)
if session.revokedAt == cjson.null then
  session.revokedAt = tonumber(ARGV[2])
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(session))
end
return 1
`

/**
 * KEYS: account, sessions, activity
 * ARGV: id of the session that goes on (empty: none), now, entry of activity
 * Returns the ids of the sessions that it ended (`Ended`).
 */
const REVOKE_ALL = `#!lua flags=allow-key-locking
${END_SESSIONS}
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
${enterActivity('KEYS[3]', 'ARGV[3]')}
return endSessions(KEYS[2], ARGV[1], tonumber(ARGV[2]))
`

/**
 * KEYS: link
 * ARGV: when it may go (Unix seconds), its fields with their values
 */
const PUT_LINK = `#!lua flags=allow-key-locking
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('EXPIREAT', KEYS[1], ARGV[1])
return 1
`

/** A function that returns the values of `LINK_FIELDS`, or nil under the conditions of `Links.get`. */
const READ_LINK = `
local function readLink(key, purpose, now)
  local link = redis.call('HMGET', key, '${LINK_FIELDS.join("', '")}')
  return link[1] == purpose and now < tonumber(link[2]) and link
end
`

/**
 * KEYS: link
 * ARGV: purpose, now
 * Returns the link, or nil.
 */
const GET_LINK = `#!lua flags=allow-key-locking
${READ_LINK}
return readLink(KEYS[1], ARGV[1], tonumber(ARGV[2]))
`

/**
 * KEYS: link
 * ARGV: purpose, now, proof (empty: none)
 * Returns the link, or nil.
 */
const TAKE_LINK = `#!lua flags=allow-key-locking
${READ_LINK}
local link = readLink(KEYS[1], ARGV[1], tonumber(ARGV[2]))
if not link then return false end
local proofs = cjson.decode(link[4])
local isProved = #proofs == 0
for _, proof in ipairs(proofs) do isProved = isProved or proof == ARGV[3] end
if isProved or tonumber(link[3]) <= 1 then redis.call('DEL', KEYS[1]) else redis.call('HINCRBY', KEYS[1], 'tries', -1) end
return isProved and link
`

const SOURCES = {
  create: CREATE,
  credentialByEmail: CREDENTIAL_BY_EMAIL,
  credentialById: CREDENTIAL_BY_ID,
  rehash: REHASH,
  setPassword: SET_PASSWORD,
  verifyEmail: VERIFY_EMAIL,
  changeEmail: CHANGE_EMAIL,
  recover: RECOVER,
  userById: USER_BY_ID,
  updateUser: UPDATE_USER,
  setAccess: SET_ACCESS,
  delete: DELETE,
  page: PAGE,
  appendActivity: APPEND_ACTIVITY,
  open: OPEN,
  revoke: REVOKE,
  revokeAll: REVOKE_ALL,
  putLink: PUT_LINK,
  getLink: GET_LINK,
  takeLink: TAKE_LINK,
}

export type Scripts = SessionScripts & Record<keyof typeof SOURCES, Script>

/** All scripts with their names. Plain text, which an isolate may keep. */
export async function nameScripts(): Promise<Scripts> {
  const [scripts, sessionScripts] = await Promise.all([nameEach(SOURCES), nameSessionScripts()])
  return { ...scripts, ...sessionScripts }
}
