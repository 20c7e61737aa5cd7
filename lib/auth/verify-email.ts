import type { Link } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { confirmEmailChange } from './change-email.ts'
import { proveAddress } from './first-proof.ts'
import { mailReset } from './forgot-password.ts'
import { findLink, makeLink, takeLink } from './links.ts'
import { takeMailLimits } from './mail-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * Mails a link that verifies the address of who is signed in, once more; nothing where it is verified. Where an address belongs
 * to whoever proves it, the link asks for a new password: what was set before the proof goes.
 *
 * @throws {MailUnavailable} for somebody who waits, and may try again
 */
export async function requestVerification(
  services: MailingServices,
  { ip }: Visitor,
  user: FreshUser,
): Promise<Result<void>> {
  if (user.emailVerified) return ok(undefined)
  const { store, signupPolicy } = services
  const [limited, credential] = await Promise.all([
    takeMailLimits(services, 'verify', ip, fold(user.email)),
    signupPolicy === 'verify-first' ? store.accounts.credentialById(user.id) : null,
  ])
  if (!limited.ok) return limited
  await (credential
    ? mailReset(services, credential, { patience: 'short' })
    : mailVerification(services, user, 'short'))
  return ok(undefined)
}

/** Mails the link that verifies an account's address. */
export async function mailVerification(
  services: MailingServices,
  { id: userId, email }: Pick<FreshUser, 'id' | 'email'>,
  patience: 'short' | 'long',
): Promise<void> {
  const url = await makeLink(services, 'verify', { userId, email })
  await services.mailer.send(email, { kind: 'verify-email', url }, patience)
}

/** Verifies an account's address, or makes the address that was proved the account's, as the link was made for. */
export async function verifyEmail(services: MailingServices, visitor: Visitor, token: string): Promise<Result<void>> {
  const [verification, change] = await Promise.all([
    findLink(services, 'verify', token),
    findLink(services, 'change', token),
  ])
  if (verification) return verifyAddress(services, visitor, token, verification)
  return change ? confirmEmailChange(services, visitor, token, change) : fail({ code: 'invalid_link' })
}

/** The link is taken afterwards, by one of several callers: one that met a failure of ours works again. */
async function verifyAddress(
  services: MailingServices,
  visitor: Visitor,
  token: string,
  { userId, email }: Link,
): Promise<Result<void>> {
  const { store, clock, record, rolePolicy } = services
  const address = fold(email)
  if (userId === null) return fail({ code: 'invalid_link' })
  // Whoever clicks a mail that they did not ask for must not make a stranger's account an admin's.
  const isAdmins = rolePolicy.adminAddresses.has(address)
  const credential = isAdmins ? await store.accounts.credentialById(userId) : null
  const isVerified = credential
    ? (await proveAddress(services, visitor, { ...credential, email }, null)) !== null
    : await store.accounts.verifyEmail(userId, address, activityOf('email.verified', visitor, clock()))
  if (!isVerified) return fail({ code: 'invalid_link' })
  if (!(await takeLink(services, 'verify', token))) return fail({ code: 'invalid_link' })
  record({ event: 'email.verified', userId, ip: visitor.ip })
  return ok(undefined)
}
