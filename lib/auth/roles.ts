import type { User } from '../store/contract.ts'
import { fold } from '../store/fold.ts'

/** Whoever has it may see and change every account. */
export const ADMIN = 'admin'

/** What a new account may do. */
export const FIRST_ROLES: readonly string[] = ['user']

export interface RolePolicy {
  /** All roles that there are: `user`, `admin`, and those that the deployer named. */
  roles: readonly string[]
  /** User ids that are admins, whatever the store says. */
  adminIds: ReadonlySet<string>
  /** Canonical addresses whose accounts are admins once the address is verified. */
  adminAddresses: ReadonlySet<string>
}

/** Tells whether the settings make the user an admin. */
export function isNamedAdmin(
  { adminIds, adminAddresses }: RolePolicy,
  { id, email, emailVerified }: Pick<User, 'id' | 'email' | 'emailVerified'>,
): boolean {
  return adminIds.has(id) || (emailVerified && adminAddresses.has(fold(email)))
}

/** The user with the roles that count: those of the store, and `admin` for whom the settings name. */
export function withRoles<U extends User>(policy: RolePolicy, user: U): U {
  if (user.roles.includes(ADMIN) || !isNamedAdmin(policy, user)) return user
  return { ...user, roles: [...user.roles, ADMIN] }
}
