import { fold } from '../store/fold.ts'
import { activityOf } from './activity.ts'
import { markDevice } from './device.ts'
import { findLink, takeLink } from './links.ts'
import { notifyOwner } from './notify-owner.ts'
import { passwordIssue } from './password-policy.ts'
import { hashPassword } from './passwords.ts'
import { hashesByLink, takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * Sets a new password by a mailed link, and ends every session. Of several callers one succeeds: the link is of the password
 * that it was made for. So it is taken afterwards: one that met a failure of ours works again.
 *
 * @returns the address that the link was mailed to, and the browser's mark: whoever has the mail is the owner
 */
export async function resetPassword(
  services: MailingServices,
  visitor: Visitor,
  { token, password }: { token: string; password: string },
): Promise<Result<{ email: string; device: string }>> {
  const { store, limits, passwords, clock, record, announceEnd, later } = services
  const link = await findLink(services, 'reset', token)
  if (!link?.userId) return fail({ code: 'invalid_link' })
  const { userId, email, version } = link
  const [user, credential] = await Promise.all([store.accounts.userById(userId), store.accounts.credentialById(userId)])
  // The store decides. But nothing shall be hashed for a link that another has made worthless.
  if (credential?.version !== version) return fail({ code: 'invalid_link' })
  const issue = passwordIssue(password, { email, name: user?.name ?? null })
  if (issue) return fail({ code: 'invalid_fields', fields: { password: [issue] } })
  const limited = await takeLimits(limits, [hashesByLink(services, userId)], clock())
  if (!limited.ok) {
    record({ event: 'password.limited', userId, ip: visitor.ip })
    return limited
  }

  const passwordHash = await hashPassword(passwords, password)
  const now = clock()
  const changed = await store.accounts.setPassword({
    userId,
    from: version,
    passwordHash,
    keep: null,
    proven: fold(email),
    now,
    activity: activityOf('password.reset', visitor, now),
  })
  if (changed.outcome === 'refused') return fail({ code: 'invalid_link' })
  announceEnd(changed.ended)
  record({ event: 'password.reset', userId, ip: visitor.ip })
  later(async () => {
    await takeLink(services, 'reset', token)
  })
  later(() => notifyOwner(services, visitor, userId, 'password-changed'))
  return ok({ email, device: await markDevice(services, visitor.device, { userId, version: version + 1 }) })
}
