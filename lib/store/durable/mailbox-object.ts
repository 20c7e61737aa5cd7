import { DurableObject } from 'cloudflare:workers'
import { type KeptMail, MAX_KEPT_MAILS } from '../contract.ts'
import type { MailboxMethods } from './objects.ts'

/** The mails of local runs. Storage: `mails`, the newest first. */
export class MailboxObject extends DurableObject implements MailboxMethods {
  put(mail: KeptMail): void {
    this.ctx.storage.kv.put<KeptMail[]>('mails', [mail, ...this.list()].slice(0, MAX_KEPT_MAILS))
  }

  list(): KeptMail[] {
    return this.ctx.storage.kv.get<KeptMail[]>('mails') ?? []
  }
}
