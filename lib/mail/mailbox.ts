import type { Mailbox, UnixSeconds } from '../store/contract.ts'
import type { Carry } from './carrier.ts'

/** Keeps mails for `/dev/mail`, in development. */
export function mailboxCarrier(mailbox: Mailbox | null, clock: () => UnixSeconds): Carry {
  return async ({ to, subject, text, html }, key) => {
    if (!mailbox) return { outcome: 'refused', reason: 'there is none', isPassing: false, retryAfter: 0 }
    await mailbox.put({ id: key, to, subject, text, html, sentAt: clock() })
    return { outcome: 'taken' }
  }
}
