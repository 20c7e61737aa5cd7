import { fold } from '../store/fold.ts'
import { activityOf } from './activity.ts'
import { isKnownDevice, type Owner } from './device.ts'
import { mailReset } from './forgot-password.ts'
import { unknownPassword } from './secure-account.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * The first proof of an account's address. Whoever made the account may have been a stranger who waits for the owner to come:
 * unless this browser is one that has signed in to it before, its password and its sessions go, and a link to choose another
 * password is mailed after the answer: it may have been the owner's own.
 *
 * @param keep id of the session that goes on; null for none
 * @returns the account as it is now; null when the address, or the password, is not what it was
 */
export async function proveAddress(
  services: MailingServices,
  visitor: Visitor,
  { userId, version, email }: Owner & { email: string },
  keep: string | null,
): Promise<Owner | null> {
  const { store, secrets, clock, announceEnd, later } = services
  const proven = fold(email)
  const now = clock()
  const activity = activityOf('email.verified', visitor, now)
  if (await isKnownDevice(secrets, visitor.device, { userId, version })) {
    return (await store.accounts.verifyEmail(userId, proven, activity)) ? { userId, version } : null
  }
  const passwordHash = await unknownPassword(services)
  const change = { userId, from: version, passwordHash, keep, proven, now, activity }
  const changed = await store.accounts.setPassword(change)
  if (changed.outcome === 'refused') return null
  announceEnd(changed.ended)
  const owner = { userId, version: version + 1 }
  later(() => mailReset(services, owner, { kind: 'password-gone' }))
  return owner
}
