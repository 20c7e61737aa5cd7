import type { AuthenticatedUser } from '@/lib/auth/authenticate.ts'
import type { UnixSeconds } from '@/lib/store/contract.ts'

/** What the browser learns of a session from the page that was rendered for it. */
export interface SessionSnapshot {
  user: { id: string; roles: string[] }
  /** When access runs out, unless it is renewed. */
  expiresAt: UnixSeconds
  /** The server's clock when it said so: the browser's own may be off. */
  now: UnixSeconds
}

/** Names each field: what is not listed does not get into the page. */
export function sessionSnapshot(user: AuthenticatedUser | null, now: UnixSeconds): SessionSnapshot | null {
  return user && { user: { id: user.id, roles: user.roles }, expiresAt: user.expiresAt, now }
}
