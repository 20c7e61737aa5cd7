import type { Credential } from '../store/contract.ts'
import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { confirmPassword } from './confirm-password.ts'
import { markDevice } from './device.ts'
import type { FieldIssue } from './field-messages.ts'
import { notifyOwner } from './notify-owner.ts'
import { isTooLong, passwordIssue } from './password-policy.ts'
import { checkPassword, hashPassword } from './passwords.ts'
import { fail, ok, type Result } from './result.ts'
import type { MailingServices, Services, Visitor } from './services.ts'

export interface PasswordForm {
  currentPassword: string
  newPassword: string
}

/**
 * Changes the password of somebody who is signed in. In the same step every other session ends; this one goes on. Of two
 * changes at once one counts.
 *
 * @returns the browser's mark (`SignedIn`), which the new password makes another
 */
export async function changePassword(
  services: MailingServices,
  visitor: Visitor,
  user: FreshUser,
  { currentPassword, newPassword }: PasswordForm,
): Promise<Result<{ device: string }>> {
  const { store, passwords, clock, record, announceEnd } = services
  const fields: Partial<Record<string, FieldIssue[]>> = {}
  if (isTooLong(currentPassword)) fields.currentPassword = ['password_too_long']
  const issue = passwordIssue(newPassword, user)
  if (issue) fields.newPassword = [issue]
  if (Object.keys(fields).length > 0) return fail({ code: 'invalid_fields', fields })

  const confirmed = await confirmPassword(services, visitor, user, currentPassword)
  if (!confirmed.ok) return confirmed
  const passwordHash = await hashPassword(passwords, newPassword)
  const now = clock()
  const changed = await store.accounts.setPassword({
    userId: user.id,
    from: confirmed.value.version,
    passwordHash,
    keep: user.sessionId,
    proven: null,
    now,
    activity: activityOf('password.changed', visitor, now),
  })
  if (changed.outcome === 'refused') {
    const set = await findSetAlready(services, user, newPassword)
    return set ? ok({ device: await markDevice(services, visitor.device, set) }) : fail({ code: 'wrong_password' })
  }
  announceEnd(changed.ended)
  record({ event: 'password.changed', userId: user.id, sessionId: user.sessionId, ip: visitor.ip })
  services.later(() => notifyOwner(services, visitor, user.id, 'password-changed'))
  const owner = { userId: user.id, version: confirmed.value.version + 1 }
  return ok({ device: await markDevice(services, visitor.device, owner) })
}

/** A form that was sent twice: the other request has done it. */
async function findSetAlready(
  { store, passwords }: Services,
  { id }: FreshUser,
  password: string,
): Promise<Credential | null> {
  const credential = await store.accounts.credentialById(id)
  const isSet = credential && (await checkPassword(passwords, password, credential.passwordHash)) !== 'wrong'
  return isSet ? credential : null
}
