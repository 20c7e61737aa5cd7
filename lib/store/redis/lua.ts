/** Pieces of Lua that several scripts share. */
import { END_REPEATED_SECONDS, MAX_ACTIVITY } from '../contract.ts'
import { USER_FIELDS } from './records.ts'

/** An expression: the values of `USER_FIELDS`, `disabled` first, each `false` where there is no account. */
export function readUser(key: string): string {
  return `redis.call('HMGET', ${key}, '${USER_FIELDS.join("', '")}')`
}

/** Statements that make `entry` the newest of the activity under `key`. */
export function enterActivity(key: string, entry: string): string {
  return `
redis.call('LPUSH', ${key}, ${entry})
redis.call('LTRIM', ${key}, 0, ${MAX_ACTIVITY - 1})`
}

/** A function that ends the sessions under `key`, all but `except`, and returns the ids that `Ended` names. */
export const END_SESSIONS = `
local function endSessions(key, except, now)
  local ended = {}
  local stored = redis.call('HGETALL', key)
  for i = 1, #stored, 2 do
    local session = cjson.decode(stored[i + 1])
    if stored[i] ~= except then
      local isRevoked = session.revokedAt ~= cjson.null
      local isLate = isRevoked and now - session.revokedAt >= ${END_REPEATED_SECONDS}
      if now < session.expiresAt and not isLate then ended[#ended + 1] = stored[i] end
      if not isRevoked then
        session.revokedAt = now
        redis.call('HSET', key, stored[i], cjson.encode(session))
      end
    end
  end
  return ended
end
`

/** A function that tells whether `roles`, JSON, are those of an admin. */
export const IS_ADMIN = `
local function isAdmin(roles) return string.find(roles, '"admin"', 1, true) ~= nil end
`

/** A function that tells who owns the address under `key`, or for whom it is kept; nil where nobody has it. */
export const HOLDER = `
local function holder(key, now)
  local owner = redis.call('GET', key)
  local kept, till = string.match(owner or '', '^~(.*) (%d+)$')
  if not kept then return owner or nil end
  return now < tonumber(till) and kept or nil
end
`

/**
 * Members of the list by creation and by search term, see `keys.ts`. Of the terms that come before it in their order, the
 * last has the most in common with a term.
 */
export const MEMBERS = `
local function createdMember(at, id) return string.format('%012d', at) .. '\\n' .. id end
local function isBefore(a, b)
  for i = 1, #b do
    local left, right = string.byte(a, i) or -1, string.byte(b, i)
    if left ~= right then return left < right end
  end
  return false
end
local function termMembers(terms, id)
  local sorted = {}
  for term in string.gmatch(terms, '[^\\n]+') do sorted[#sorted + 1] = term end
  table.sort(sorted, isBefore)
  local members = {}
  for i, term in ipairs(sorted) do
    local before, shared = sorted[i - 1] or '', 0
    while shared < #term and string.byte(term, shared + 1) == string.byte(before, shared + 1) do shared = shared + 1 end
    members[i] = string.format('%03d', math.min(shared, 999)) .. term .. '\\n' .. id
  end
  return ipairs(members)
end
`

/** A function that lists the account by other `terms` of its address or of its name. Needs `MEMBERS`. */
export const RELIST = `
local function relist(account, listed, id, field, terms)
  for _, command in ipairs({ 'ZREM', 'ZADD' }) do
    local own = redis.call('HMGET', account, 'addressTerms', 'nameTerms')
    for _, member in termMembers(own[1] .. '\\n' .. own[2], id) do
      if command == 'ZREM' then redis.call(command, listed, member) else redis.call(command, listed, 0, member) end
    end
    redis.call('HSET', account, field, terms)
  end
end
`
