/** Steps that tests of a store begin with. */
import { expect } from 'vitest'
import type { AccessChange, NewAccount, Session, Store } from '../../lib/store/contract.ts'
import { anAccount, anActivity, NOW } from '../support/builders.ts'

/** Puts accounts into `store`, many at a time. */
export async function createAll(store: Store, accounts: NewAccount[]): Promise<void> {
  for (let i = 0; i < accounts.length; i += 50) {
    const outcomes = await Promise.all(accounts.slice(i, i + 50).map((account) => store.accounts.create(account)))
    expect(new Set(outcomes)).toEqual(new Set(['created']))
  }
}

export async function storedSession(store: Store, { userId, id }: Session): Promise<Session | undefined> {
  return (await store.sessions.get(userId, id))?.session
}

/** Changes what `userId` may do, as an admin of its own. */
export async function setAccess(
  store: Store,
  userId: string,
  change: Pick<AccessChange, 'roles' | 'disabled'>,
): Promise<void> {
  const admin = anAccount({ user: { roles: ['admin'] } })
  await createAll(store, [admin])
  const by = { userId: admin.user.id, isNamed: false }
  const activity = anActivity({ type: 'roles.changed' })
  expect(await store.accounts.setAccess({ userId, by, now: NOW, activity, ...change })).toMatchObject({
    outcome: 'changed',
  })
}

export function disable(store: Store, userId: string): Promise<void> {
  return setAccess(store, userId, { disabled: true })
}
