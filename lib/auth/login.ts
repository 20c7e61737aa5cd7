import type { Credential } from '../store/contract.ts'
import { activityOf } from './activity.ts'
import { clientKey, maskClientAddress } from './client-address.ts'
import { isKnownDevice } from './device.ts'
import { LOGIN_ACCOUNT, unlessKnownDevice } from './device-limit.ts'
import { maskEmailAddress, parseEmailAddress } from './email-address.ts'
import { notifyOwner } from './notify-owner.ts'
import { openSession, type SignedIn } from './open-session.ts'
import { isTooLong } from './password-policy.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Services, Visitor } from './services.ts'

export interface LoginForm {
  email: string
  password: string
  remember: boolean
}

/**
 * Signs in by password: two round trips, with the hash between them. Limits are asked together with the credential and
 * obeyed before anything is hashed. An unknown address, a wrong password and a disabled account get the same answer for
 * the same work.
 */
export async function login(services: MailingServices, visitor: Visitor, form: LoginForm): Promise<Result<SignedIn>> {
  const { store, limits, limitPolicy, clock, record, passwords, later } = services
  const { ip } = visitor
  const parsed = parseEmailAddress(form.email)
  if (!parsed.ok) return fail({ code: 'invalid_fields', fields: { email: [parsed.issue] } })
  if (isTooLong(form.password)) return fail({ code: 'invalid_fields', fields: { password: ['password_too_long'] } })
  const { address } = parsed
  const account = maskEmailAddress(address)

  const [limited, credential] = await Promise.all([
    takeLimits(
      limits,
      [
        { policy: 'login-ip', subject: clientKey(ip), ...limitPolicy.loginIp },
        { policy: LOGIN_ACCOUNT, subject: address, ...limitPolicy.loginAccount },
      ],
      clock(),
    ),
    store.accounts.credentialByEmail(address),
  ])
  const allowed = limited.ok ? limited : await unlessKnownDevice(services, visitor, limited, credential)
  if (!allowed.ok) {
    record({ event: 'login.limited', account, ip })
    return allowed
  }

  const check = await checkPassword(passwords, form.password, credential?.passwordHash ?? null)
  const signedIn = credential && check !== 'wrong' ? await open(services, visitor, form, credential, check) : null
  if (!signedIn) {
    record({ event: 'login.failed', account, ip })
    // After the answer, whose time shall not tell that there is an account.
    if (credential) {
      later(() => store.accounts.appendActivity(credential.userId, activityOf('login.failed', visitor, clock())))
    }
    return fail({ code: 'invalid_credentials' })
  }
  record({ event: 'login.succeeded', userId: signedIn.user.id, sessionId: signedIn.session.id, ip })
  if (credential) notifyNewDevice(services, visitor, signedIn, credential.version)
  return ok(signedIn)
}

async function open(
  services: Services,
  visitor: Visitor,
  { password, remember }: LoginForm,
  { userId, passwordHash, version }: Credential,
  check: 'right' | 'right_but_outdated',
): Promise<SignedIn | null> {
  const { store, passwords, record } = services
  const stronger = check === 'right' ? null : await hashPassword(passwords, password)
  return openSession(services, visitor, { userId, version, remember }, async (session) => {
    const [opened, rehashed] = await Promise.all([
      store.sessions.open(session, version, activityOf('login.succeeded', visitor, session.createdAt)),
      stronger ? store.accounts.rehash(userId, passwordHash, stronger) : false,
    ])
    if (rehashed) record({ event: 'password.rehashed', userId })
    return opened.outcome === 'opened' ? opened.user : null
  })
}

/**
 * Mails the owner, after the answer, of a log-in from a device that the account has not seen: a browser without its mark, and
 * (apps keep no cookies) no other session of the same user agent from the same network that has not been ended.
 *
 * @param version of the credential that the log-in went by
 */
export function notifyNewDevice(
  services: MailingServices,
  visitor: Visitor,
  { user, session }: SignedIn,
  version: number,
): void {
  const { store, secrets, later, canMail } = services
  if (!canMail) return
  later(async () => {
    if (await isKnownDevice(secrets, visitor.device, { userId: user.id, version })) return
    const network = maskClientAddress(visitor.ip)
    const isSeen = (await store.sessions.list(user.id)).some(
      ({ id, userAgent, ip, revokedAt }) =>
        id !== session.id &&
        revokedAt === null &&
        userAgent === session.userAgent &&
        maskClientAddress(ip) === network &&
        network !== 'unknown',
    )
    if (!isSeen) await notifyOwner(services, visitor, user.id, 'new-login')
  })
}
