import type { User } from '../store/contract.ts'
import type { AuthenticatedUser } from './authenticate.ts'
import { parsePersonName } from './person-name.ts'
import { fail, ok, type Result } from './result.ts'
import { withRoles } from './roles.ts'
import type { Services } from './services.ts'

/** Changes what the owner of an account says about themselves. */
export async function updateProfile(
  { store, rolePolicy }: Services,
  { id }: Pick<AuthenticatedUser, 'id'>,
  change: Pick<User, 'name'>,
): Promise<Result<User>> {
  const named = parsePersonName(change.name)
  if (!named.ok) return fail({ code: 'invalid_fields', fields: { name: [named.issue] } })
  const user = await store.accounts.updateUser(id, { name: named.name })
  return user ? ok(withRoles(rolePolicy, user)) : fail({ code: 'unauthenticated' })
}
