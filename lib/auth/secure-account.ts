import { encode } from 'jose/base64url'
import { activityOf } from './activity.ts'
import { mailReset } from './forgot-password.ts'
import { findLink, takeLink } from './links.ts'
import { hashPassword } from './passwords.ts'
import { hashesByLink, takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * Answers "that was not me": ends every session, takes the password away, gives the address back if it was changed, and mails a
 * link to choose a new password. The link works until all of that is done: an owner who is locked out has no other.
 */
export async function secureAccount(services: MailingServices, visitor: Visitor, token: string): Promise<Result<void>> {
  const { store, limits, clock, record, announceEnd, later } = services
  const now = clock()
  const link = await findLink(services, 'secure', token)
  if (!link?.userId) return fail({ code: 'invalid_link' })
  const [limited, user] = await Promise.all([
    takeLimits(limits, [hashesByLink(services, link.userId)], now),
    store.accounts.userById(link.userId),
  ])
  if (!limited.ok) {
    record({ event: 'password.limited', userId: link.userId, ip: visitor.ip })
    return limited
  }
  if (!user) return fail({ code: 'invalid_link' })

  const recovered = await store.accounts.recover({
    userId: user.id,
    from: user.email,
    to: link.email,
    passwordHash: await unknownPassword(services),
    now,
    activity: activityOf('account.secured', visitor, now),
  })
  if (recovered.outcome === 'refused') return fail({ code: 'invalid_link' })
  announceEnd(recovered.ended)
  record({ event: 'account.secured', userId: user.id, ip: visitor.ip })
  later(async () => {
    const credential = await store.accounts.credentialById(user.id)
    if (credential) await mailReset(services, credential, { kind: 'password-gone' })
    await takeLink(services, 'secure', token)
  })
  return ok(undefined)
}

/** The hash of a password that nobody knows: log-in stays the same work, and is refused. */
export function unknownPassword({ passwords, randomBytes }: Pick<MailingServices, 'passwords' | 'randomBytes'>) {
  return hashPassword(passwords, encode(randomBytes(32)))
}
