/** What the owner of an account, and an admin, can see of its sessions and do to them. */
import type { Session, UnixSeconds } from '../store/contract.ts'
import { activityOf } from './activity.ts'
import { type AuthenticatedUser, isRunning } from './authenticate.ts'
import { isId } from './ids.ts'
import { fail, ok, type Result } from './result.ts'
import type { Services, Visitor } from './services.ts'

export interface SessionOverview extends Pick<Session, 'id' | 'createdAt' | 'expiresAt' | 'userAgent' | 'ip'> {
  /** Whether it is the one that asks. */
  current: boolean
  /** When it was last renewed: at most one access lifetime before it was last used. */
  lastSeenAt: UnixSeconds
}

/**
 * The user's sessions that run: the one that asks first, then as they were last seen.
 *
 * @param currentId null where none of them asks
 */
export async function listSessions(
  { store, clock, sessionPolicy }: Services,
  userId: string,
  currentId: string | null,
): Promise<SessionOverview[]> {
  const sessions = await store.sessions.list(userId)
  const now = clock()
  return sessions
    .filter((session) => isRunning(session, sessionPolicy, now))
    .map(({ id, createdAt, expiresAt, userAgent, ip, advancedAt }) => {
      return { id, current: id === currentId, createdAt, lastSeenAt: Math.floor(advancedAt), expiresAt, userAgent, ip }
    })
    .sort((a, b) => Number(b.current) - Number(a.current) || b.lastSeenAt - a.lastSeenAt || b.createdAt - a.createdAt)
}

/** Ends one of the user's own sessions; another user's is as unknown as one that never was. */
export async function endSession(
  { store, clock, record, announceEnd }: Services,
  { ip }: Visitor,
  { id: userId }: Pick<AuthenticatedUser, 'id'>,
  sessionId: string,
): Promise<Result<void>> {
  const isOurs = isId(sessionId) && (await store.sessions.revoke(userId, sessionId, clock()))
  if (!isOurs) return fail({ code: 'not_found' })
  announceEnd([sessionId])
  record({ event: 'session.ended', userId, sessionId, ip })
  return ok(undefined)
}

/** Ends every session of the user but the one that asks. */
export async function endOtherSessions(
  { store, clock, record, announceEnd }: Services,
  visitor: Visitor,
  { id: userId, sessionId }: Pick<AuthenticatedUser, 'id' | 'sessionId'>,
): Promise<void> {
  const now = clock()
  const ended = await store.sessions.revokeAll(userId, sessionId, now, activityOf('sessions.ended', visitor, now))
  announceEnd(ended)
  record({ event: 'sessions.ended', userId, sessionId, ip: visitor.ip })
}
