import { type Presented, verifyPresented } from './authenticate.ts'
import { verifyRefreshToken } from './refresh-token.ts'
import type { Services, Visitor } from './services.ts'

/** At the epoch nothing of ours has expired: a client may end its session with an access token that ran out. */
const BEFORE_EVERY_EXPIRY = 0

/** Ends the session that the client shows, by whichever of its tokens is ours. Without one there is nothing to end. */
export async function logout(
  services: Services,
  { ip }: Visitor,
  presented: Presented & { refreshCookie: string | null },
): Promise<void> {
  const { store, clock, record, secrets, announceEnd } = services
  const { bearer, refreshCookie } = presented
  const family = bearer === null && refreshCookie !== null ? await verifyRefreshToken(secrets, refreshCookie) : null
  const session = family ?? (await verifyPresented(services, presented, BEFORE_EVERY_EXPIRY))
  if (!session) return
  const { userId, sessionId } = session
  const ending = store.sessions.revoke(userId, sessionId, clock())
  announceEnd([sessionId], ending)
  await ending
  record({ event: 'session.ended', userId, sessionId, ip })
}
