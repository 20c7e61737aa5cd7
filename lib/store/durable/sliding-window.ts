import type { RefreshCount } from '../contract.ts'

/** Events of the current and the previous window. */
export type WindowCount = RefreshCount

export interface Taken {
  allowed: boolean
  remaining: number
  /** End of the current window. */
  resetAt: number
  /** The count from now on; the old one when refused. */
  count: WindowCount
}

/**
 * Takes one of `limit` events, the way `@upstash/ratelimit` does: windows begin at multiples of `length` since the epoch,
 * the previous window's events count by the share of it that a window ending now still covers, rounded down, and what is
 * refused is not counted.
 *
 * @param count null when there was no event yet
 * @param length of a window, in the unit of `now`
 */
export function takeFromWindow(count: WindowCount | null, limit: number, length: number, now: number): Taken {
  const window = Math.floor(now / length)
  const resetAt = (window + 1) * length
  const { current, previous } = countIn(window, count)
  const weighted = Math.floor((1 - (now % length) / length) * previous)
  if (weighted + current >= limit) {
    return { allowed: false, remaining: 0, resetAt, count: count ?? { window, current, previous } }
  }
  return {
    allowed: true,
    remaining: limit - (weighted + current + 1),
    resetAt,
    count: { window, current: current + 1, previous },
  }
}

/** A count of any other window than this one or the one before says nothing, not even one ahead: the limit was changed. */
function countIn(window: number, count: WindowCount | null): Omit<WindowCount, 'window'> {
  if (count?.window === window) return count
  return { current: 0, previous: count?.window === window - 1 ? count.current : 0 }
}
