/** The one door: every way of signing in ends here, and here alone a session is made. */
import type { Session, User } from '../store/contract.ts'
import { markDevice, type Owner } from './device.ts'
import { newId } from './ids.ts'
import { signRefreshToken } from './refresh-token.ts'
import { withRoles } from './roles.ts'
import { MAX_USER_AGENT, type Services, type SessionServices, type Visitor } from './services.ts'
import { signAccessToken } from './signing-keys.ts'

/** A session with the tokens that its client gets. */
export interface SignedIn {
  /** With the roles that count. */
  user: User
  session: Session
  accessToken: string
  /** Unix seconds. */
  accessExpiresAt: number
  refreshToken: string
  /** The browser's mark from now on (`device.ts`); undefined where a session only goes on. */
  device?: string
}

/**
 * Opens a session for `userId` and issues its first tokens.
 *
 * @param version of the credential that the sign-in goes by
 * @param commit writes the session where it belongs, unless the user may not have one, and returns the user
 * @returns null when `commit` refused: no such user, disabled, or the proof is no longer good
 */
export async function openSession(
  services: Services,
  visitor: Visitor,
  { userId, version, remember }: Owner & { remember: boolean },
  commit: (session: Session) => Promise<User | null>,
): Promise<SignedIn | null> {
  const { clock, sessionPolicy } = services
  const now = clock()
  const session: Session = {
    id: newId(services),
    userId,
    parent: 0,
    current: 1,
    advancedAt: now,
    createdAt: now,
    expiresAt: now + (remember ? sessionPolicy.rememberedSessionTtl : sessionPolicy.sessionTtl),
    remember,
    userAgent: visitor.userAgent.slice(0, MAX_USER_AGENT),
    ip: visitor.ip,
    revokedAt: null,
    refreshes: { window: 0, current: 0, previous: 0 },
  }
  const user = await commit(session)
  if (!user) return null
  const [signedIn, device] = await Promise.all([
    issueTokens(services, user, session),
    markDevice(services, visitor.device, { userId, version }),
  ])
  return { ...signedIn, device }
}

/** Signs the session's newest refresh token and an access token beside it, which does not outlive the session. */
export async function issueTokens(services: SessionServices, owner: User, session: Session): Promise<SignedIn> {
  const { clock, issuer, keys, secrets, sessionPolicy, rolePolicy } = services
  const user = withRoles(rolePolicy, owner)
  const now = clock()
  const accessExpiresAt = Math.min(now + sessionPolicy.accessTtl, session.expiresAt)
  const [accessToken, refreshToken] = await Promise.all([
    signAccessToken(
      keys,
      issuer,
      { userId: user.id, sessionId: session.id, roles: user.roles, expiresAt: accessExpiresAt },
      now,
    ),
    signRefreshToken(secrets, { userId: user.id, sessionId: session.id, number: session.current }),
  ])
  return { user, session, accessToken, accessExpiresAt, refreshToken }
}
