import type { Redis } from '@upstash/redis/cloudflare'
import type { Advance, SessionStore } from '../contract.ts'
import { operationsOrUnavailable } from '../deadline.ts'
import { redisKeys } from './keys.ts'
import { encodeActivity, list, number, parseSession, parseUser } from './records.ts'
import { runScript } from './script.ts'
import type { SessionScripts } from './session-scripts.ts'

/**
 * Of a store in Redis, what renews and checks sessions.
 *
 * @param scripts of `nameSessionScripts`; named beforehand, since a command that waited for its name would miss the tick in
 *   which others are issued
 */
export function redisSessionStore(redis: Redis, prefix: string, scripts: SessionScripts): SessionStore {
  const keys = redisKeys(prefix)
  return {
    sessions: operationsOrUnavailable({
      async advance({ userId, sessionId, presented, now, grace, idle, limit, activity }) {
        const answer = await runScript(
          redis,
          scripts.advance,
          [keys.account(userId), keys.sessions(userId), keys.activity(userId)],
          [sessionId, presented, now, grace, idle, limit.limit, limit.window, encodeActivity(activity)],
        )
        return parseAdvance(userId, list(answer))
      },

      async get(userId, sessionId) {
        const found = await runScript(redis, scripts.get, [keys.account(userId), keys.sessions(userId)], [sessionId])
        if (found === null) return null
        const [session, user] = list(found)
        return { session: parseSession(session), user: parseUser(userId, user) }
      },
    }),
  }
}

function parseAdvance(userId: string, [outcome, ...rest]: unknown[]): Advance {
  switch (outcome) {
    case 'advanced':
    case 'repeated':
    case 'reissued':
      return { outcome, session: parseSession(rest[0]), user: parseUser(userId, rest[1]) }
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
