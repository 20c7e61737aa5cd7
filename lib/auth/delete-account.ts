import { fold } from '../store/fold.ts'
import type { FreshUser } from './authenticate.ts'
import { confirmPassword } from './confirm-password.ts'
import { maskEmailAddress } from './email-address.ts'
import { isTooLong } from './password-policy.ts'
import { fail, ok, type Result } from './result.ts'
import { ADMIN } from './roles.ts'
import type { Services, Visitor } from './services.ts'

/**
 * Deletes the account of somebody who is signed in and knows its password. An admin's is not deleted (`forbidden`): another
 * admin takes the role away first, so that one always remains.
 */
export async function deleteAccount(
  services: Services,
  visitor: Visitor,
  user: FreshUser,
  password: string,
): Promise<Result<void>> {
  if (user.roles.includes(ADMIN)) return fail({ code: 'forbidden' })
  if (isTooLong(password)) return fail({ code: 'invalid_fields', fields: { password: ['password_too_long'] } })
  const confirmed = await confirmPassword(services, visitor, user, password)
  if (!confirmed.ok) return confirmed

  const address = fold(user.email)
  const deleted = await services.store.accounts.delete(user.id, address, confirmed.value.version)
  if (deleted.outcome === 'refused') {
    // The password was changed meanwhile, or the role of an admin was given: what was checked is no longer so.
    return (await isGone(services, user)) ? ok(undefined) : fail({ code: 'wrong_password' })
  }
  services.announceEnd(deleted.ended)
  services.record({ event: 'account.deleted', userId: user.id, account: maskEmailAddress(address), ip: visitor.ip })
  return ok(undefined)
}

/** A form that was sent twice: the other request has done it. */
async function isGone({ store }: Services, { id }: FreshUser): Promise<boolean> {
  return (await store.accounts.userById(id)) === null
}
