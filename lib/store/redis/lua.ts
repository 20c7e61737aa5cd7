/** Pieces of Lua that several scripts share. */
import { MAX_ACTIVITY } from '../contract.ts'
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

/** A function that ends the sessions under `key`, all but `except`, and returns the ids of those that were running. */
export const END_SESSIONS = `
local function endSessions(key, except, now)
  local ended = {}
  local stored = redis.call('HGETALL', key)
  for i = 1, #stored, 2 do
    local session = cjson.decode(stored[i + 1])
    if stored[i] ~= except and session.revokedAt == cjson.null then
      if now < session.expiresAt then ended[#ended + 1] = stored[i] end
      session.revokedAt = now
      redis.call('HSET', key, stored[i], cjson.encode(session))
    end
  end
  return ended
end
`

/** A function that tells whether `roles`, JSON, are those of an admin. */
export const IS_ADMIN = `
local function isAdmin(roles) return string.find(roles, '"admin"', 1, true) ~= nil end
`
