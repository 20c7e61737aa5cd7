/** Signing up where an address belongs to whoever proves it: there is no account before the proof, and none survives it. */
import type { Credential, User } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { accountExists } from './account-exists.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import type { FieldIssue } from './field-messages.ts'
import { findLink, makeLink, takeLink } from './links.ts'
import { takeMailLimits } from './mail-limits.ts'
import type { SignedIn } from './open-session.ts'
import { passwordIssue } from './password-policy.ts'
import { parsePersonName } from './person-name.ts'
import { hashesByLink, takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'
import { createAccount } from './signup.ts'

export interface FinishForm {
  token: string
  password: string
  /** Null for none. */
  name: string | null
  remember: boolean
}

/**
 * Mails a link that goes on with the sign-up, or tells the owner of a verified account that somebody wanted to. One round trip
 * before the answer, the same for every address.
 */
export async function beginSignup(
  services: MailingServices,
  { ip }: Visitor,
  form: { email: string },
): Promise<Result<void>> {
  const { record, later, mailer } = services
  const parsed = parseEmailAddress(form.email)
  if (!parsed.ok) return fail({ code: 'invalid_fields', fields: { email: [parsed.issue] } })
  const { email, address } = parsed
  const account = maskEmailAddress(address)
  const limited = await takeMailLimits(services, 'signup', ip, address)
  if (!limited.ok) {
    record({ event: 'signup.limited', account, ip })
    return limited
  }
  record({ event: 'signup.requested', account, ip })
  // After the answer, also to look: an account lives where it was made, and from afar that takes longer to ask.
  later(async () => {
    const { user } = await ownerOf(services, address)
    if (user?.disabled) return
    if (user?.emailVerified) return mailer.send(user.email, accountExists(services), 'long')
    const url = await makeLink(services, 'signup', { email })
    await mailer.send(email, { kind: 'finish-signup', url }, 'long')
  })
  return ok(undefined)
}

/**
 * Creates the account of whoever proves the address, and signs them in. An account that somebody made before without the proof
 * goes, with all that is in it. Of several callers one gets the address, so the link is taken afterwards: one that met a failure
 * of ours works again.
 */
export async function finishSignup(
  services: MailingServices,
  visitor: Visitor,
  { token, password, name, remember }: FinishForm,
): Promise<Result<SignedIn>> {
  const { limits, clock, record, later } = services
  const link = await findLink(services, 'signup', token)
  if (!link) return fail({ code: 'invalid_link' })
  const { email } = link
  const fields: Partial<Record<string, FieldIssue[]>> = {}
  const named = parsePersonName(name)
  if (!named.ok) fields.name = [named.issue]
  const issue = passwordIssue(password, { email, name })
  if (issue) fields.password = [issue]
  if (!named.ok || issue) return fail({ code: 'invalid_fields', fields })

  const address = fold(email)
  const [limited, owner] = await Promise.all([
    takeLimits(limits, [hashesByLink(services, address)], clock()),
    ownerOf(services, address),
  ])
  if (!limited.ok) {
    record({ event: 'signup.limited', account: maskEmailAddress(address), ip: visitor.ip })
    return limited
  }
  if (!(await isFree(services, address, owner))) return fail({ code: 'email_taken' })
  const form = { email, address, emailVerified: true, name: named.name, password, remember }
  const signedIn = await createAccount(services, visitor, form)
  if (!signedIn) return fail({ code: 'email_taken' })
  later(async () => {
    await takeLink(services, 'signup', token)
  })
  record({ event: 'signup.succeeded', userId: signedIn.user.id, sessionId: signedIn.session.id, ip: visitor.ip })
  return ok(signedIn)
}

/** Whose the address is; nulls where it is nobody's. */
interface Owner {
  user: User | null
  credential: Credential | null
}

async function ownerOf({ store }: MailingServices, address: string): Promise<Owner> {
  const credential = await store.accounts.credentialByEmail(address)
  return { credential, user: credential && (await store.accounts.userById(credential.userId)) }
}

/** Makes the address free where its account was never proved. One that was disabled stays so until an admin enables it. */
async function isFree(
  { store, announceEnd }: MailingServices,
  address: string,
  { user, credential }: Owner,
): Promise<boolean> {
  if (!user || !credential) return true
  if (user.emailVerified || user.disabled) return false
  const deleted = await store.accounts.delete(user.id, address, credential.version)
  if (deleted.outcome === 'deleted') announceEnd(deleted.ended)
  return true // else somebody was quicker, and the store decides
}
