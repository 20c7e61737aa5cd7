/** What admins do with accounts. Callers have made sure, asking the store, that the one who asks is an admin. */
import { decode, encode } from 'jose/base64url'
import type { AccessChange, Position, User } from '../store/contract.ts'
import { fold } from '../store/fold.ts'
import { searchTerms } from '../store/search-terms.ts'
import { activityOf } from './activity.ts'
import type { FreshUser } from './authenticate.ts'
import { isId } from './ids.ts'
import { fail, ok, type Result } from './result.ts'
import { ADMIN, isNamedAdmin, withRoles } from './roles.ts'
import type { Services, Visitor } from './services.ts'

export interface AccountSearch {
  /** What an address, a domain with its `@`, or a word of a name begins with; or a whole user id. Empty: all accounts. */
  query: string
  /** `nextCursor` of the page before; null for the first. */
  cursor: string | null
  /** Accounts on a page. */
  limit: number
}

export interface AccountPage {
  users: User[]
  /** Null on the last page. */
  nextCursor: string | null
}

/** An owner reads that their access was changed, not from where. */
const NOBODY: Visitor = { ip: '', userAgent: '', device: null }

/** Pages of the store that one answer reads at most: a search for several words drops some of what it finds. */
const MAX_READS = 10

/** Finds accounts, without a query the newest first. One round trip for most pages. */
export async function listAccounts(
  services: Services,
  { query, cursor, limit }: AccountSearch,
): Promise<Result<AccountPage>> {
  const { store, rolePolicy } = services
  let after = cursor === null ? null : parseCursor(cursor)
  if (cursor !== null && after === null) return fail({ code: 'invalid_fields', fields: { cursor: ['invalid'] } })

  const [prefix = '', ...others] = fold(query)
    .split(/\s+/)
    .filter((word) => word !== '')
    .sort((a, b) => b.length - a.length)
  const isMatch = (user: User) => others.every((word) => searchTerms(user).some((term) => term.startsWith(word)))
  const owner = cursor === null && isId(query.trim()) ? await findAccount(services, query.trim()) : null
  if (owner?.ok) return ok({ users: [owner.value], nextCursor: null })

  const users: User[] = []
  for (let reads = 0; reads < MAX_READS; reads++) {
    const page = await store.accounts.page({ prefix, after, limit: limit - users.length })
    users.push(...page.users.filter(isMatch))
    after = page.next
    if (after === null || users.length >= limit) break
  }
  return ok({
    users: users.map((user) => withRoles(rolePolicy, user)),
    nextCursor: after && encode(JSON.stringify([after.term, after.id])),
  })
}

/** The account with that id. */
export async function findAccount({ store, rolePolicy }: Services, userId: string): Promise<Result<User>> {
  const user = isId(userId) ? await store.accounts.userById(userId) : null
  return user ? ok(withRoles(rolePolicy, user)) : fail({ code: 'not_found' })
}

/**
 * Sets roles, disables or enables an account; disabling ends its sessions. No admin takes the role from themselves or
 * disables themselves (`forbidden`), and whoever has lost the role meanwhile changes nothing: so one admin always remains.
 */
export async function setAccess(
  { store, rolePolicy, clock, record, announceEnd }: Services,
  { ip }: Visitor,
  admin: FreshUser,
  userId: string,
  { roles, disabled }: Pick<AccessChange, 'roles' | 'disabled'>,
): Promise<Result<User>> {
  if (roles?.some((role) => !rolePolicy.roles.includes(role))) {
    return fail({ code: 'invalid_fields', fields: { roles: ['role_unknown'] } })
  }
  if (!isId(userId)) return fail({ code: 'not_found' })
  const isNamed = isNamedAdmin(rolePolicy, admin)
  const isLoss = disabled || (roles && !roles.includes(ADMIN) && !isNamed) // the settings' admins have the role anyway
  if (userId === admin.id && isLoss) return fail({ code: 'forbidden' })

  const now = clock()
  const access = disabled ? 'account.disabled' : 'account.enabled'
  const type = disabled === undefined ? 'roles.changed' : access
  const changed = await store.accounts.setAccess({
    userId,
    by: { userId: admin.id, isNamed },
    roles: roles && [...new Set(roles)],
    disabled,
    now,
    activity: activityOf(type, NOBODY, now),
  })
  if (changed.outcome !== 'changed') return fail({ code: changed.outcome === 'unknown' ? 'not_found' : 'forbidden' })
  announceEnd(changed.ended)
  record({ event: type, userId, by: admin.id, ip })
  return ok(withRoles(rolePolicy, changed.user))
}

function parseCursor(cursor: string): Position | null {
  try {
    const [term, id]: unknown[] = JSON.parse(new TextDecoder().decode(decode(cursor)))
    return typeof term === 'string' && typeof id === 'string' ? { term, id } : null
  } catch {
    return null // whatever it is, no cursor of ours
  }
}
