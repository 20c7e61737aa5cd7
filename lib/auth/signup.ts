import type { User } from '../store/contract.ts'
import { activityOf } from './activity.ts'
import { clientKey } from './client-address.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import type { FieldIssue } from './field-messages.ts'
import { newId } from './ids.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { passwordIssue } from './password-policy.ts'
import { hashPassword } from './passwords.ts'
import { parsePersonName } from './person-name.ts'
import { takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import { FIRST_ROLES } from './roles.ts'
import type { MailingServices, Services, Visitor } from './services.ts'
import { mailVerification } from './verify-email.ts'

export interface SignupForm {
  email: string
  password: string
  /** Null for none. */
  name: string | null
  remember: boolean
}

/**
 * Creates an account and signs its owner in: two round trips, with the hash between them, and the account, its credential
 * and its session appear together or not at all. A link to verify the address is mailed after the answer.
 */
export async function signup(services: MailingServices, visitor: Visitor, form: SignupForm): Promise<Result<SignedIn>> {
  const { store, limits, limitPolicy, clock, record, later, canMail } = services
  const { ip } = visitor
  const parsed = parseEmailAddress(form.email)
  const fields: Partial<Record<string, FieldIssue[]>> = {}
  if (!parsed.ok) fields.email = [parsed.issue]
  const named = parsePersonName(form.name)
  if (!named.ok) fields.name = [named.issue]
  const issue = passwordIssue(form.password, form)
  if (issue) fields.password = [issue]
  if (!parsed.ok || !named.ok || issue) return fail({ code: 'invalid_fields', fields })
  const { email, address } = parsed
  const account = maskEmailAddress(address)

  const [limited, owner] = await Promise.all([
    takeLimits(limits, [{ policy: 'signup-ip', subject: clientKey(ip), ...limitPolicy.signupIp }], clock()),
    store.accounts.credentialByEmail(address),
  ])
  if (!limited.ok) {
    record({ event: 'signup.limited', account, ip })
    return limited
  }
  if (owner) {
    record({ event: 'signup.refused', account, ip })
    return fail({ code: 'email_taken' })
  }

  const signedIn = await createAccount(services, visitor, {
    ...form,
    email,
    address,
    emailVerified: false,
    name: named.name,
  })
  if (!signedIn) {
    record({ event: 'signup.refused', account, ip })
    return fail({ code: 'email_taken' })
  }
  record({ event: 'signup.succeeded', userId: signedIn.user.id, sessionId: signedIn.session.id, ip })
  if (canMail) {
    later(async () => {
      // An address is free again once its account is deleted: nobody shall be mailed by that, over and over.
      const mails = { policy: 'signup-account', subject: address, ...limitPolicy.forgotAccount }
      const mayMail = await takeLimits(limits, [mails], clock())
      if (mayMail.ok) await mailVerification(services, signedIn.user, 'long')
      else record({ event: 'notice.limited', userId: signedIn.user.id, account })
    })
  }
  return ok(signedIn)
}

/**
 * Hashes the password and creates the account with its first session.
 *
 * @returns null when the address has an account
 */
export async function createAccount(
  services: Services,
  visitor: Visitor,
  { email, address, emailVerified, name, password, remember }: SignupForm & { address: string; emailVerified: boolean },
): Promise<SignedIn | null> {
  const { store, clock, passwords } = services
  const passwordHash = await hashPassword(passwords, password)
  const user: User = {
    id: newId(services),
    email,
    emailVerified,
    name,
    roles: [...FIRST_ROLES],
    disabled: false,
    createdAt: clock(),
    emailChangedAt: null,
  }
  return openSession(services, visitor, { userId: user.id, version: 1, remember }, async (session) => {
    const activity = activityOf('account.created', visitor, user.createdAt)
    const created = await store.accounts.create({ user, address, passwordHash, session, activity })
    return created === 'created' ? user : null
  })
}
