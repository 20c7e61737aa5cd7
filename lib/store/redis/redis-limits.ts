import { Ratelimit } from '@upstash/ratelimit'
import type { Redis } from '@upstash/redis/cloudflare'
import type { LimitRequest, LimitResult, Limits } from '../contract.ts'
import { operationsWithDeadline } from '../deadline.ts'
import { runCommand } from './client.ts'

/**
 * Limits in Redis.
 *
 * @param redis of this request, shared with `redisStore`
 * @param blocked of this isolate: until when (milliseconds) a key is refused without asking Redis
 */
export function redisLimits(redis: Redis, prefix: string, blocked: Map<string, number>): Limits {
  async function take({ key, limit, window }: LimitRequest): Promise<LimitResult> {
    const limiter = new Ratelimit({
      redis,
      prefix: `${prefix}:limit`,
      limiter: Ratelimit.slidingWindow(limit, `${window} s`),
      ephemeralCache: blocked,
      timeout: 0, // its own would let the attempt through
      analytics: false,
      enableTelemetry: false,
    })
    const { success, remaining, reset } = await limiter.limit(key)
    return { allowed: success, remaining, resetAt: reset / 1_000 }
  }

  return operationsWithDeadline({ take: (requests) => runCommand(() => Promise.all(requests.map(take))) })
}
