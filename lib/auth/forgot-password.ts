import type { Credential } from '../store/contract.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import { makeLink } from './links.ts'
import { takeMailLimits } from './mail-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * Mails a link to choose a new password, if the address has an account. One round trip before the answer, the same for every
 * address; whatever only an account causes comes after it.
 */
export async function forgotPassword(
  services: MailingServices,
  { ip }: Visitor,
  { email }: { email: string },
): Promise<Result<void>> {
  const { store, record, later } = services
  const parsed = parseEmailAddress(email)
  if (!parsed.ok) return fail({ code: 'invalid_fields', fields: { email: [parsed.issue] } })
  const account = maskEmailAddress(parsed.address)
  const limited = await takeMailLimits(services, 'forgot', ip, parsed.address)
  if (!limited.ok) {
    record({ event: 'reset.limited', account, ip })
    return limited
  }
  record({ event: 'reset.requested', account, ip })
  // After the answer, also to look: an account lives where it was made, and from afar that takes longer to ask.
  later(async () => {
    const credential = await store.accounts.credentialByEmail(parsed.address)
    if (credential) await mailReset(services, credential)
  })
  return ok(undefined)
}

interface ResetMail {
  kind?: 'reset-password' | 'password-gone'
  patience?: 'short' | 'long'
}

/** Mails the owner a link to choose a new password. It is worth nothing once the password was changed. */
export async function mailReset(
  services: MailingServices,
  { userId, version }: Pick<Credential, 'userId' | 'version'>,
  { kind = 'reset-password', patience = 'long' }: ResetMail = {},
): Promise<void> {
  const user = await services.store.accounts.userById(userId)
  if (!user) return
  const url = await makeLink(services, 'reset', { userId, version, email: user.email })
  await services.mailer.send(user.email, { kind, url }, patience)
}
