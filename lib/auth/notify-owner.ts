import type { UnixSeconds } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { maskEmailAddress } from './email-address.ts'
import { makeLink } from './links.ts'
import type { Incident } from './mail.ts'
import { takeLimits } from './rate-limits.ts'
import { MAX_USER_AGENT, type MailingServices, type Visitor } from './services.ts'

/** Mails of what happened that one account gets: who signs up another's address shall not fill their mailbox. */
const NOTICE_LIMIT = { limit: 10, window: 3_600 }

/** Asks the owner by mail "was this you?", with a link for "no". For `later`. */
export async function notifyOwner(
  services: MailingServices,
  visitor: Visitor,
  userId: string,
  kind: 'new-login' | 'password-changed',
): Promise<void> {
  const { store, limits, mailer, clock, record, canMail } = services
  if (!canMail) return
  const at = clock()
  const user = await store.accounts.userById(userId)
  if (!user) return
  const address = fold(user.email)
  const limited = await takeLimits(limits, [{ policy: 'notice-account', subject: address, ...NOTICE_LIMIT }], at)
  if (!limited.ok) {
    record({ event: 'notice.limited', userId, account: maskEmailAddress(address) })
    return
  }
  const url = await makeLink(services, 'secure', { userId, email: user.email })
  await mailer.send(user.email, { kind, url, incident: incidentOf(visitor, at) }, 'long')
}

/** What `visitor` did, as a mail tells it. */
export function incidentOf({ ip, userAgent }: Visitor, at: UnixSeconds): Incident {
  return { at, ip, userAgent: userAgent.slice(0, MAX_USER_AGENT) }
}
