import { DurableObject } from 'cloudflare:workers'
import type { Limit, LimitResult } from '../contract.ts'
import type { LimitMethods, StoreBindings } from './objects.ts'
import { takeFromWindow, type WindowCount } from './sliding-window.ts'

/** The count of one limited key, by the object's own clock. Storage: `count`, until it weighs on no window any more. */
export class LimitObject extends DurableObject<StoreBindings> implements LimitMethods {
  async take({ limit, window }: Limit): Promise<LimitResult> {
    const { kv } = this.ctx.storage
    const length = window * 1_000
    const { allowed, remaining, resetAt, count } = takeFromWindow(
      kv.get<WindowCount>('count') ?? null,
      limit,
      length,
      Date.now(),
    )
    if (allowed) {
      kv.put<WindowCount>('count', count)
      // A window's first event puts the alarm off; one more window, and this one's count has no weight.
      if (count.current === 1) await this.ctx.storage.setAlarm(resetAt + length)
    }
    return { allowed, remaining, resetAt: resetAt / 1_000 }
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll()
  }
}
