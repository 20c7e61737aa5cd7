import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis/cloudflare'
import type { Limit, LimitRequest, LimitResult, Limits } from '../contract.ts'
import { operationsOrUnavailable } from '../deadline.ts'
import { takeUpToKnownRefusal } from '../known-refusals.ts'
import { runCommand } from './client.ts'

/**
 * Limits in Redis.
 *
 * @param redis shared with `redisStore`
 * @param blocked until when (milliseconds) a key is refused without asking Redis
 */
export function redisLimits(redis: Redis, prefix: string, blocked: Map<string, number>): Limits {
  const keys = `${prefix}:limit`
  /** By limit and window, of which there are as many as settings have. */
  const limiters = new Map<string, Ratelimit>()

  function limiterFor({ limit, window }: Limit): Ratelimit {
    const name = `${limit}/${window}`
    const limiter =
      limiters.get(name) ??
      new Ratelimit({
        redis,
        prefix: keys,
        limiter: Ratelimit.slidingWindow(limit, `${window} s`),
        ephemeralCache: blocked,
        timeout: 0, // its own would let the attempt through
        analytics: false,
        enableTelemetry: false,
      })
    limiters.set(name, limiter)
    return limiter
  }

  async function take({ key, ...limit }: LimitRequest): Promise<LimitResult> {
    const { success, remaining, reset } = await limiterFor(limit).limit(key)
    return { allowed: success, remaining, resetAt: reset / 1_000 }
  }

  return operationsOrUnavailable({
    take: (requests) => runCommand(() => takeUpToKnownRefusal(requests, (key) => blocked.get(`${keys}:${key}`), take)),
  })
}
