import type { AdvanceRequest, Session, UnixSeconds } from '../contract.ts'
import { takeFromWindow } from './sliding-window.ts'

export type Advanced =
  /** `session` is to be stored. */
  | { outcome: 'advanced' | 'repeated' | 'reissued' | 'reused'; session: Session }
  | { outcome: 'limited'; resetAt: UnixSeconds }
  | { outcome: 'revoked' | 'expired' }

/** The table of `Sessions.advance`, for a session that exists and whose user may have it. */
export function advanceSession(session: Session, { presented, now, grace, idle, limit }: AdvanceRequest): Advanced {
  if (session.revokedAt !== null) return { outcome: 'revoked' }
  if (now >= session.expiresAt || now - session.advancedAt >= idle) return { outcome: 'expired' }

  const taken = takeFromWindow(session.refreshes, limit.limit, limit.window, now)
  if (!taken.allowed) return { outcome: 'limited', resetAt: taken.resetAt }
  const counted = { ...session, refreshes: taken.count }

  if (presented >= session.current) {
    return {
      outcome: 'advanced',
      session: { ...counted, parent: presented, current: presented + 1, advancedAt: now },
    }
  }
  if (presented !== session.parent) return { outcome: 'reused', session: { ...counted, revokedAt: now } }
  if (now - session.advancedAt <= grace) return { outcome: 'repeated', session: counted }
  return { outcome: 'reissued', session: { ...counted, current: session.current + 1, advancedAt: now } }
}
