import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { confirmPassword } from './confirm-password.ts'
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
 */
export async function changePassword(
  services: MailingServices,
  visitor: Visitor,
  user: FreshUser,
  { currentPassword, newPassword }: PasswordForm,
): Promise<Result<void>> {
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
    return (await isSetAlready(services, user, newPassword)) ? ok(undefined) : fail({ code: 'wrong_password' })
  }
  announceEnd(changed.ended)
  record({ event: 'password.changed', userId: user.id, sessionId: user.sessionId, ip: visitor.ip })
  services.later(() => notifyOwner(services, visitor, user.id, 'password-changed'))
  return ok(undefined)
}

/** A form that was sent twice: the other request has done it. */
async function isSetAlready({ store, passwords }: Services, { id }: FreshUser, password: string): Promise<boolean> {
  const credential = await store.accounts.credentialById(id)
  return credential !== null && (await checkPassword(passwords, password, credential.passwordHash)) !== 'wrong'
}
