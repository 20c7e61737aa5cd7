import type { LimitRequest, LimitResult, Limits } from '../contract.ts'
import { operationsWithDeadline } from '../deadline.ts'
import { takeUpToKnownRefusal } from '../known-refusals.ts'
import type { StoreBindings } from './objects.ts'

/**
 * Limits in Durable Objects, one for each key.
 *
 * @param blocked of this isolate: until when (milliseconds) a key is refused without asking its object
 */
export function durableLimits(
  { STORE_LIMITS }: Pick<StoreBindings, 'STORE_LIMITS'>,
  blocked: Map<string, number>,
): Limits {
  async function take({ key, limit, window }: LimitRequest): Promise<LimitResult> {
    const until = blocked.get(key) ?? 0
    if (until > Date.now()) return { allowed: false, remaining: 0, resetAt: until / 1_000 }
    const result = await STORE_LIMITS.getByName(key).take({ limit, window })
    if (!result.allowed) blocked.set(key, result.resetAt * 1_000)
    return result
  }

  return operationsWithDeadline({
    take: (requests) => takeUpToKnownRefusal(requests, (key) => blocked.get(key), take),
  })
}
