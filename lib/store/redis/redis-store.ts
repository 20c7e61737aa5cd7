import type { Redis } from '@upstash/redis/cloudflare'
import { type Accounts, type Advance, MAX_SESSIONS, type Sessions, type Store } from '../contract.ts'
import { storeWithDeadline } from '../deadline.ts'
import { withoutCommand } from './client.ts'
import { bit, encodeProfile, encodeSession, list, number, parseSession, parseUser, text } from './records.ts'
import { runScript } from './script.ts'
import type { Scripts } from './scripts.ts'

/**
 * How long a user's sessions stay readable after the last of them ended, in seconds: Redis deletes by a clock of its own,
 * and a client that comes late is to hear `expired`.
 */
const KEPT_AFTER_END = 86_400

/**
 * A store in Redis. Keys, each under `prefix`:
 *
 * | key | holds |
 * | --- | --- |
 * | `address:<canonical address>` | id of the user that owns it |
 * | `account:<user id>` | hash: `profile` (JSON), `disabled` (0 or 1) |
 * | `credential:<user id>` | hash: `hash` (PHC string), `version` |
 * | `sessions:<user id>` | hash: JSON by session id; expires after the last session's end |
 *
 * @param redis of this request, shared with `redisLimits`, so that their commands travel together
 * @param scripts of `nameScripts`; named beforehand, since a command that waited for its name would miss that tick
 */
export function redisStore(redis: Redis, prefix: string, scripts: Scripts): Store {
  const keys: Keys = {
    address: (address) => `${prefix}:address:${address}`,
    account: (userId) => `${prefix}:account:${userId}`,
    credential: (userId) => `${prefix}:credential:${userId}`,
    sessions: (userId) => `${prefix}:sessions:${userId}`,
  }
  return storeWithDeadline({
    kind: 'redis',
    accounts: redisAccounts(redis, scripts, keys),
    sessions: redisSessions(redis, scripts, keys),
    async ping() {
      try {
        await redis.ping()
      } catch (error) {
        throw withoutCommand(error)
      }
    },
  })
}

type Keys = Record<'address' | 'account' | 'credential' | 'sessions', (name: string) => string>

function redisAccounts(redis: Redis, scripts: Scripts, keys: Keys): Accounts {
  return {
    async create({ user, address, passwordHash, session }) {
      const created = await runScript(
        redis,
        scripts.create,
        [keys.address(address), keys.account(user.id), keys.credential(user.id), keys.sessions(user.id)],
        [
          user.id,
          encodeProfile(user),
          user.disabled ? 1 : 0,
          passwordHash,
          session.id,
          encodeSession(session),
          session.expiresAt + KEPT_AFTER_END,
        ],
      )
      return bit(created) ? 'created' : 'email_taken'
    },

    async credentialByEmail(address) {
      const found = await runScript(redis, scripts.credentialByEmail, [keys.address(address)], [keys.credential('')])
      if (found === null) return null
      const [userId, passwordHash, version] = list(found)
      return { userId: text(userId), passwordHash: text(passwordHash), version: Number(text(version)) }
    },

    async rehash(userId, from, to) {
      return bit(await runScript(redis, scripts.rehash, [keys.credential(userId)], [from, to]))
    },
  }
}

function redisSessions(redis: Redis, scripts: Scripts, keys: Keys): Sessions {
  return {
    async open(session, credentialVersion) {
      const { id, userId, createdAt } = session
      const profile = await runScript(
        redis,
        scripts.open,
        [keys.account(userId), keys.credential(userId), keys.sessions(userId)],
        [id, encodeSession(session), createdAt, credentialVersion, MAX_SESSIONS, KEPT_AFTER_END],
      )
      return profile === null ? { outcome: 'refused' } : { outcome: 'opened', user: parseUser(profile, '0') }
    },

    async advance({ userId, sessionId, presented, now, grace, idle, limit }) {
      const answer = await runScript(
        redis,
        scripts.advance,
        [keys.account(userId), keys.sessions(userId)],
        [sessionId, presented, now, grace, idle, limit.limit, limit.window],
      )
      return parseAdvance(list(answer))
    },

    async get(userId, sessionId) {
      const found = await runScript(redis, scripts.get, [keys.account(userId), keys.sessions(userId)], [sessionId])
      if (found === null) return null
      const [session, profile, disabled] = list(found)
      return { session: parseSession(session), user: parseUser(profile, disabled) }
    },

    async revoke(userId, sessionId, now) {
      await runScript(redis, scripts.revoke, [keys.sessions(userId)], [sessionId, now])
    },
  }
}

function parseAdvance([outcome, ...rest]: unknown[]): Advance {
  switch (outcome) {
    case 'advanced':
    case 'repeated':
    case 'reissued':
      return { outcome, session: parseSession(rest[0]), user: parseUser(rest[1], '0') }
    case 'limited':
      return { outcome, resetAt: number(rest[0]) }
    case 'unknown':
    case 'revoked':
    case 'expired':
    case 'reused':
      return { outcome }
    default:
      throw new Error('The store answered with an outcome that there is not')
  }
}
