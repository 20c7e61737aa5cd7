import type { Session, UnixSeconds, User } from '../store/contract.ts'
import type { AccessTokenClaims } from './access-token.ts'
import { withRoles } from './roles.ts'
import type { SessionPolicy, SessionServices } from './services.ts'

/** What a client shows: the access token of its `Authorization: Bearer` header, which wins, or of its cookie. */
export interface Presented {
  bearer: string | null
  accessCookie: string | null
}

/** Who is signed in, as the access token says: at most one access lifetime old, and no store was asked. */
export interface AuthenticatedUser {
  id: string
  sessionId: string
  roles: string[]
  /** When the access token runs out. */
  expiresAt: UnixSeconds
}

/** Who is signed in, as the store says now. */
export interface FreshUser extends AuthenticatedUser, Omit<User, 'disabled'> {
  sessionExpiresAt: UnixSeconds
}

/** Verifies by signature, and against what this isolate knows of sessions that have ended. */
export async function authenticate(services: SessionServices, presented: Presented): Promise<AuthenticatedUser | null> {
  const claims = await verifyPresented(services, presented, services.clock())
  if (!claims || services.revoked.has(claims.sessionId)) return null
  return { id: claims.userId, sessionId: claims.sessionId, roles: claims.roles, expiresAt: claims.expiresAt }
}

/** Asks the store too, in one round trip: the session still runs, the account is there, and its roles are today's. */
export async function authenticateFresh(services: SessionServices, presented: Presented): Promise<FreshUser | null> {
  const claimed = await authenticate(services, presented)
  const found = claimed && (await services.store.sessions.get(claimed.id, claimed.sessionId))
  if (!found || found.user.disabled || !isRunning(found.session, services.sessionPolicy, services.clock())) return null
  const { disabled: _, ...user } = withRoles(services.rolePolicy, found.user)
  return { ...claimed, ...user, sessionExpiresAt: found.session.expiresAt }
}

/** The claims of what the client shows, if they are ours and `now` is not past their end. */
export function verifyPresented(
  { accessTokens, issuer }: SessionServices,
  { bearer, accessCookie }: Presented,
  now: UnixSeconds,
): Promise<AccessTokenClaims | null> {
  const token = bearer ?? accessCookie
  return token ? accessTokens.verify(token, issuer, now) : Promise.resolve(null)
}

/** Tells whether the session has neither been ended nor run out. */
export function isRunning(
  { revokedAt, advancedAt, expiresAt }: Session,
  { sessionIdle }: Pick<SessionPolicy, 'sessionIdle'>,
  now: UnixSeconds,
): boolean {
  return revokedAt === null && now < expiresAt && now - advancedAt < sessionIdle
}
