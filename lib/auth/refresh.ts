import { activityOf } from './activity.ts'
import { issueTokens, type SignedIn } from './open-session.ts'
import { verifyRefreshToken } from './refresh-token.ts'
import { type AuthError, fail, ok, type Result } from './result.ts'
import type { SessionServices, Visitor } from './services.ts'

const REFUSALS = {
  unknown: 'invalid_token',
  revoked: 'session_revoked',
  expired: 'session_expired',
  reused: 'refresh_reused',
} as const

/** Presents a refresh token: one round trip, none for a token that we never issued. `Sessions.advance` holds the rules. */
export async function refresh(
  services: SessionServices,
  visitor: Visitor,
  refreshToken: string,
): Promise<Result<SignedIn, RefreshError>> {
  const { store, secrets, sessionPolicy, clock, exactClock, record, announceEnd } = services
  const { ip } = visitor
  const claims = await verifyRefreshToken(secrets, refreshToken)
  if (!claims) return fail({ code: 'invalid_token' })
  const { userId, sessionId, number } = claims
  const now = exactClock()
  const limit = sessionPolicy.refreshLimit
  const advance = await store.sessions.advance({
    userId,
    sessionId,
    presented: number,
    now,
    grace: sessionPolicy.refreshGrace,
    idle: sessionPolicy.sessionIdle,
    limit,
    activity: activityOf('session.reused', visitor, clock()),
  })
  switch (advance.outcome) {
    case 'advanced':
    case 'repeated':
    case 'reissued':
      return ok(await issueTokens(services, advance.user, advance.session))
    case 'limited': {
      record({ event: 'session.limited', userId, sessionId, ip })
      const state = { policy: 'refresh', ...limit, remaining: 0, resetAt: advance.resetAt }
      return fail({ code: 'rate_limited', limits: [state], now })
    }
    default:
      if (advance.outcome === 'reused') {
        announceEnd([sessionId])
        record({ event: 'session.reused', userId, sessionId, ip })
      }
      return fail({ code: REFUSALS[advance.outcome] })
  }
}

export type RefreshError = Extract<
  AuthError,
  { code: 'rate_limited' } | { code: 'invalid_token' | 'session_expired' | 'session_revoked' | 'refresh_reused' }
>
