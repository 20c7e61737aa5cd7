import type { Credential } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { LOGIN_ACCOUNT, unlessKnownDevice } from './device-limit.ts'
import { maskEmailAddress } from './email-address.ts'
import { checkPassword } from './passwords.ts'
import { takeLimits } from './rate-limits.ts'
import { fail, ok, type Result } from './result.ts'
import type { Services, Visitor } from './services.ts'

/**
 * Checks the password of somebody who is signed in, before what cannot be taken back. One round trip, and it counts as an
 * attempt to log in to the account: a stolen session is no way around that limit.
 *
 * @returns the credential that was checked
 */
export async function confirmPassword(
  services: Services,
  visitor: Visitor,
  user: FreshUser,
  password: string,
): Promise<Result<Credential>> {
  const { store, limits, limitPolicy, clock, record, passwords, later } = services
  const { ip } = visitor
  const address = fold(user.email)
  const account = maskEmailAddress(address)
  const [limited, credential] = await Promise.all([
    takeLimits(limits, [{ policy: LOGIN_ACCOUNT, subject: address, ...limitPolicy.loginAccount }], clock()),
    store.accounts.credentialById(user.id),
  ])
  const allowed = limited.ok ? limited : await unlessKnownDevice(services, visitor, limited, credential)
  if (!allowed.ok) {
    record({ event: 'password.limited', userId: user.id, account, ip })
    return allowed
  }
  if (!credential) return fail({ code: 'unauthenticated' })
  if ((await checkPassword(passwords, password, credential.passwordHash)) === 'wrong') {
    record({ event: 'password.refused', userId: user.id, account, ip })
    later(() => store.accounts.appendActivity(user.id, activityOf('login.failed', visitor, clock())))
    return fail({ code: 'wrong_password' })
  }
  return ok(credential)
}
