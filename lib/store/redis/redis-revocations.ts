import type { Redis } from '@upstash/redis/cloudflare'
import { MAX_REVOCATIONS, type Revocations } from '../contract.ts'
import { operationsOrUnavailable } from '../deadline.ts'
import { runCommand } from './client.ts'
import { text } from './records.ts'

/** Revocations in Redis: under `revoked` a sorted set of session ids, the score of each until when it is listed. */
export function redisRevocations(redis: Redis, prefix: string): Revocations {
  const key = `${prefix}:revoked`
  return operationsOrUnavailable({
    async post(sessionIds, until) {
      const [first, ...others] = sessionIds.map((member) => ({ score: until, member }))
      if (!first) return
      const now = Math.floor(Date.now() / 1_000)
      await runCommand(() =>
        // In one tick, hence in one request. What has run out goes by our own clock: nobody reads it any more.
        Promise.all([redis.zadd(key, first, ...others), redis.zremrangebyscore(key, '-inf', now)]),
      )
    },

    async read(now, hear) {
      const found = await runCommand(() =>
        // From the highest score: if there are too many, those count that last longest.
        redis.zrange<string[]>(key, '+inf', `(${now}`, {
          byScore: true,
          rev: true,
          offset: 0,
          count: MAX_REVOCATIONS,
          withScores: true,
        }),
      )
      for (let i = 0; i + 1 < found.length; i += 2) hear(text(found[i]), Number(found[i + 1]))
    },
  })
}
