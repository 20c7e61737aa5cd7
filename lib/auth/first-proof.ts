import { fold } from '../store/fold.ts'
import { activityOf } from './activity.ts'
import { isKnownDevice } from './device.ts'
import { unknownPassword } from './secure-account.ts'
import type { MailingServices, Visitor } from './services.ts'

/**
 * The first proof of an account's address. Whoever made the account may have been a stranger who waits for the owner to come:
 * unless this browser is one that has signed in to it before, its password and its sessions go.
 *
 * @param account `version`: of its credential
 * @param keep id of the session that goes on; null for none
 * @returns whether the address is the account's, and verified now
 */
export async function proveAddress(
  { store, secrets, clock, announceEnd, ...services }: MailingServices,
  visitor: Visitor,
  { userId, version, email }: { userId: string; version: number; email: string },
  keep: string | null,
): Promise<boolean> {
  const proven = fold(email)
  const now = clock()
  const activity = activityOf('email.verified', visitor, now)
  if (await isKnownDevice(secrets, visitor.device, userId)) return store.accounts.verifyEmail(userId, proven, activity)
  const passwordHash = await unknownPassword(services)
  const changed = await store.accounts.setPassword({
    userId,
    from: version,
    passwordHash,
    keep,
    proven,
    now,
    activity,
  })
  if (changed.outcome === 'refused') return false
  announceEnd(changed.ended)
  return true
}
