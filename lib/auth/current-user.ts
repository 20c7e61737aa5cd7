import {
  type AuthenticatedUser,
  authenticate,
  authenticateFresh,
  type FreshUser,
  type Presented,
} from './authenticate.ts'
import { fail, ok, type Result } from './result.ts'
import type { SessionServices } from './services.ts'

/** `fresh` asks the store, in one round trip; without it the access token is taken at its word. */
export interface GetUser {
  (options?: { fresh?: false }): Promise<AuthenticatedUser | null>
  (options: { fresh: true }): Promise<FreshUser | null>
}

type Required<T> = Promise<Result<T, { code: 'unauthenticated' }>>
type Verified<T> = Promise<Result<T, { code: 'unauthenticated' | 'email_unverified' }>>

/** Like `GetUser`, with a refusal for who is not signed in, and with `verified`, which asks the store, for whose address is not. */
export interface RequireUser {
  (options: { verified: true }): Verified<FreshUser>
  (options?: { fresh?: false }): Required<AuthenticatedUser>
  (options: { fresh: true }): Required<FreshUser>
}

/** A user with `role`, or the refusal: `unauthenticated`, or `forbidden` for who is signed in without it. */
export interface RequireRole {
  (role: string, options?: { fresh?: false }): Promise<Result<AuthenticatedUser, RoleError>>
  (role: string, options: { fresh: true }): Promise<Result<FreshUser, RoleError>>
}

type RoleError = { code: 'unauthenticated' | 'forbidden' }

/** Who makes a request, asked as often as one likes and found out once. */
export function currentUser(services: SessionServices, presented: Presented): GetUser {
  let claimed: Promise<AuthenticatedUser | null> | undefined
  let confirmed: Promise<FreshUser | null> | undefined
  const getUser = ({ fresh = false } = {}) => {
    if (fresh) {
      confirmed ??= authenticateFresh(services, presented)
      return confirmed
    }
    claimed ??= authenticate(services, presented)
    return claimed
  }
  return getUser as GetUser
}

/** The refusing form of `getUser`. */
export function requiring(getUser: GetUser): RequireUser {
  const requireUser = async ({ fresh = false, verified = false } = {}) => {
    const user = await (fresh || verified ? getUser({ fresh: true }) : getUser())
    if (!user) return fail({ code: 'unauthenticated' as const })
    const isKept = verified && 'emailVerified' in user && !user.emailVerified
    return isKept ? fail({ code: 'email_unverified' as const }) : ok(user)
  }
  return requireUser as RequireUser
}

/** The form of `getUser` that also refuses who lacks a role. */
export function requiringRole(getUser: GetUser): RequireRole {
  const requireRole = async (role: string, { fresh = false } = {}) => {
    const user = await (fresh ? getUser({ fresh }) : getUser())
    if (!user) return fail({ code: 'unauthenticated' as const })
    return user.roles.includes(role) ? ok(user) : fail({ code: 'forbidden' as const })
  }
  return requireRole as RequireRole
}
