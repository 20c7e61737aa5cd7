import { DurableObject } from 'cloudflare:workers'
import type { Link, LinkPurpose, UnixSeconds } from '../contract.ts'
import type { LinkMethods, StoreBindings } from './objects.ts'

/** A mailed link. Storage: `link`, until it is taken or its time is over. */
export class LinkObject extends DurableObject<StoreBindings> implements LinkMethods {
  async put(link: Link): Promise<void> {
    this.ctx.storage.kv.put<Link>('link', link)
    await this.ctx.storage.setAlarm(link.expiresAt * 1_000)
  }

  get(purpose: LinkPurpose, now: UnixSeconds): Link | null {
    const link = this.ctx.storage.kv.get<Link>('link')
    return link?.purpose === purpose && now < link.expiresAt ? link : null
  }

  async take(purpose: LinkPurpose, now: UnixSeconds, proof: string): Promise<Link | null> {
    const link = this.get(purpose, now)
    if (!link) return null
    const isProved = link.proofs.length === 0 || link.proofs.includes(proof)
    if (isProved || link.tries <= 1) await this.alarm()
    else this.ctx.storage.kv.put<Link>('link', { ...link, tries: link.tries - 1 })
    return isProved ? link : null
  }

  override async alarm(): Promise<void> {
    await this.ctx.storage.deleteAll() // the alarm too
  }
}
