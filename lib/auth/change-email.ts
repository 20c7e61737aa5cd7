import { EMAIL_UNDO_SECONDS, type Link, type UnixSeconds, type User } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { accountExists } from './account-exists.ts'
import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { confirmPassword } from './confirm-password.ts'
import { isKnownDevice } from './device.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import { linkUrl, makeLink, newToken, putLink, takeLink } from './links.ts'
import { takeMailLimits } from './mail-limits.ts'
import { incidentOf } from './notify-owner.ts'
import { isTooLong } from './password-policy.ts'
import { takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/** Mails to an old address of changes that are about to come, most of which do not: nobody's mailbox shall be filled by them. */
const TOLD_LIMIT = { limit: 10, window: 3_600 }

/**
 * Mails a link to the new address of somebody who is signed in and knows the password: it becomes the account's once the link is
 * used. The answer does not tell whether the address has an account; its owner hears of it by mail. An account changes its
 * address once in `EMAIL_UNDO_SECONDS` (`rate_limited`): each change can be undone, and a chain of them could not.
 *
 * @throws {MailUnavailable} for somebody who waits, and may try again
 */
export async function requestEmailChange(
  services: MailingServices,
  visitor: Visitor,
  user: FreshUser,
  form: { email: string; password: string },
): Promise<Result<void>> {
  const { store, clock, record } = services
  const parsed = parseEmailAddress(form.email)
  if (!parsed.ok) return fail({ code: 'invalid_fields', fields: { email: [parsed.issue] } })
  if (parsed.email === user.email) return fail({ code: 'invalid_fields', fields: { email: ['email_unchanged'] } })
  if (isTooLong(form.password)) return fail({ code: 'invalid_fields', fields: { password: ['password_too_long'] } })
  const resetAt = mayChangeAt(user)
  if (clock() < resetAt) {
    const limit = { policy: 'email-change', limit: 1, window: EMAIL_UNDO_SECONDS, remaining: 0, resetAt }
    return fail({ code: 'rate_limited', limits: [limit], now: clock() })
  }
  const { email, address } = parsed
  // Behind the hash: an account lives where it was made, and from afar that takes longer to ask. Who is refused does not wait for it.
  const looking = store.accounts.credentialByEmail(address)
  looking.catch(() => {}) // whoever goes on hears of it below
  const confirmed = await confirmPassword(services, visitor, user, form.password)
  if (!confirmed.ok) return confirmed
  const [limited, owner] = await Promise.all([takeMailLimits(services, 'change', visitor.ip, address), looking])
  if (!limited.ok) return limited
  const token = newToken(services)
  const url = linkUrl(services, 'change', token)
  const isTaken = owner !== null && owner.userId !== user.id
  const message = isTaken ? accountExists(services) : { kind: 'change-email' as const, url }
  // Of a taken address too, for nobody to hold: the time does not tell.
  const subject = { userId: isTaken ? null : user.id, version: confirmed.value.version, email }
  await putLink(services, 'change', token, subject)
  await services.mailer.send(email, message, 'short')
  record({ event: 'email.change_requested', userId: user.id, account: maskEmailAddress(address), ip: visitor.ip })
  return ok(undefined)
}

/**
 * Makes the address that `link` was mailed to the account's. The old one is told before: no change goes without a way to undo
 * it. Of several callers one finds the account as the link has it. An address that the settings make an admin's is taken only in a
 * browser that has signed in to the account.
 *
 * @throws {MailUnavailable} when the old address could not be told: nothing was changed
 */
export async function confirmEmailChange(
  services: MailingServices,
  visitor: Visitor,
  token: string,
  { userId, email, version }: Link,
): Promise<Result<void>> {
  const { store, mailer, clock, record, later, secrets, rolePolicy } = services
  if (userId === null) return fail({ code: 'invalid_link' })
  const [user, credential, owner] = await Promise.all([
    store.accounts.userById(userId),
    store.accounts.credentialById(userId),
    store.accounts.credentialByEmail(fold(email)),
  ])
  // The store decides. But nobody shall be told of a change that cannot come.
  if (!user || credential?.version !== version || mayChangeAt(user) > clock()) return fail({ code: 'invalid_link' })
  if (owner && owner.userId !== userId) return fail({ code: 'email_taken' })
  // An admin who clicks a mail that they did not ask for must not make a stranger's account an admin's.
  const isAdmins = rolePolicy.adminAddresses.has(fold(email))
  if (isAdmins && !(await isKnownDevice(secrets, visitor.device, credential))) return fail({ code: 'invalid_link' })
  const now = clock()
  if (fold(email) !== fold(user.email)) {
    const limited = await takeLimits(
      services.limits,
      [{ policy: 'change-confirm', subject: userId, ...TOLD_LIMIT }],
      now,
    )
    if (!limited.ok) {
      record({ event: 'notice.limited', userId })
      return limited
    }
    const url = await makeLink(services, 'secure', { userId: user.id, email: user.email })
    const incident = incidentOf(visitor, now)
    await mailer.send(user.email, { kind: 'email-changed', url, newEmail: email, incident }, 'short')
  }
  const changed = await store.accounts.changeEmail({
    userId: user.id,
    version,
    from: user.email,
    to: email,
    now,
    activity: activityOf('email.changed', visitor, now),
  })
  // Also where the address is another's by now: a link that stays would tell the old address again and again.
  if (changed !== 'refused') {
    later(async () => {
      await takeLink(services, 'change', token)
    })
  }
  if (changed !== 'changed') return fail({ code: changed === 'email_taken' ? 'email_taken' : 'invalid_link' })
  record({ event: 'email.changed', userId: user.id, ip: visitor.ip })
  return ok(undefined)
}

/** When the change before can no longer be undone. */
function mayChangeAt({ emailChangedAt }: Pick<User, 'emailChangedAt'>): UnixSeconds {
  return (emailChangedAt ?? Number.NEGATIVE_INFINITY) + EMAIL_UNDO_SECONDS
}
