/** Logging in by mail: a link for the browser that asked, and a code to type there when the mail is read elsewhere. */
import { activityOf } from './activity.ts'
import { markDevice, type Owner } from './device.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import { proveAddress } from './first-proof.ts'
import { hashToken, linkUrl, newToken, putLink, takeLink } from './links.ts'
import { notifyNewDevice } from './login.ts'
import { takeMailLimits } from './mail-limits.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Visitor } from './services.ts'

/** Wrong codes after which link and code are worth nothing. */
const TRIES = 5

/** With `TRIES` codes each, so that guessing at one account gets nowhere: 50 of a million a day. */
const DAILY_LIMIT = { limit: 10, window: 86_400 }

/** What is shown of a mailed log-in: the token of the link, or the code. */
export type LoginProof = { token: string } | { code: string }

/**
 * Mails a link and a code, if the address has an account; one round trip before the answer, the same for every address.
 *
 * @param next where the log-in leads; null for nowhere in particular
 * @returns what the browser has to keep, and to show with link or code
 */
export async function requestLoginLink(
  services: MailingServices,
  { ip }: Visitor,
  { email, next }: { email: string; next: string | null },
): Promise<Result<{ request: string }>> {
  const { record, later } = services
  const parsed = parseEmailAddress(email)
  if (!parsed.ok) return fail({ code: 'invalid_fields', fields: { email: [parsed.issue] } })
  const { address } = parsed
  const account = maskEmailAddress(address)
  const daily = { policy: 'link-account-day', subject: address, ...DAILY_LIMIT }
  const limited = await takeMailLimits(services, 'link', ip, address, [daily])
  if (!limited.ok) {
    record({ event: 'login.limited', account, ip })
    return limited
  }
  record({ event: 'login.link_requested', account, ip })
  const request = newToken(services)
  // After the answer, also to look: an account lives where it was made, and from afar that takes longer to ask.
  later(() => mailLoginLink(services, parsed, request, next))
  return ok({ request })
}

/** Signs in by link or code, in the browser that keeps `request`. */
export async function loginByLink(
  services: MailingServices,
  visitor: Visitor,
  { request, proof, remember }: { request: string | null; proof: LoginProof; remember: boolean },
): Promise<Result<SignedIn>> {
  const shown = 'code' in proof ? codeProof(request ?? '', proof.code) : hashToken(proof.token)
  const link = request === null ? null : await takeLink(services, 'login', request, await shown)
  const signedIn = link?.userId ? await open(services, visitor, { ...link, userId: link.userId }, remember) : null
  if (!signedIn) {
    services.record({ event: 'login.failed', ip: visitor.ip })
    return fail({ code: 'code' in proof ? 'invalid_code' : 'invalid_link' })
  }
  const { user, session } = signedIn
  services.record({ event: 'login.succeeded', userId: user.id, sessionId: session.id, ip: visitor.ip })
  return ok(signedIn)
}

async function open(
  services: MailingServices,
  visitor: Visitor,
  { userId, version, email }: Owner & { email: string },
  remember: boolean,
): Promise<SignedIn | null> {
  const signedIn = await openSession(services, visitor, { userId, version, remember }, async (session) => {
    const activity = activityOf('login.succeeded', visitor, session.createdAt)
    const opened = await services.store.sessions.open(session, version, activity)
    return opened.outcome === 'opened' ? opened.user : null
  })
  if (!signedIn) return null
  notifyNewDevice(services, visitor, signedIn, version)
  if (signedIn.user.emailVerified) return signedIn
  const owner = await proveAddress(services, visitor, { userId, version, email }, signedIn.session.id)
  return owner ? { ...signedIn, device: await markDevice(services, visitor.device, owner) } : signedIn
}

async function mailLoginLink(
  services: MailingServices,
  { address, email }: { address: string; email: string },
  request: string,
  next: string | null,
): Promise<void> {
  const { accounts } = services.store
  const credential = await accounts.credentialByEmail(address)
  const user = credential && (await accounts.userById(credential.userId))
  const isKnown = user !== null && !user.disabled
  const token = newToken(services)
  const code = newCode(services)
  const proofs = await Promise.all([hashToken(token), codeProof(request, code)])
  // For nobody too: a wrong code is then written down as a try, which takes its time.
  const subject = isKnown ? { ...credential, email: user.email } : { email }
  await putLink(services, 'login', request, subject, { proofs, tries: TRIES })
  if (!isKnown) return
  const url = linkUrl(services, 'login', token) + (next === null ? '' : `&${new URLSearchParams({ next })}`)
  await services.mailer.send(user.email, { kind: 'login-link', url, code }, 'long')
}

/** Six digits, each as likely: what is above the last whole million is drawn again. */
function newCode({ randomBytes }: Pick<MailingServices, 'randomBytes'>): string {
  const limit = 2 ** 32 - (2 ** 32 % 1_000_000)
  for (;;) {
    const drawn = new DataView(Uint8Array.from(randomBytes(4)).buffer).getUint32(0)
    if (drawn < limit) return String(drawn % 1_000_000).padStart(6, '0')
  }
}

/** A code by itself would be found by trying all of them; with what only the browser has, it is not. */
function codeProof(request: string, code: string): Promise<string> {
  return hashToken(`${request}.${code.replace(/\s/g, '')}`)
}
