import { expect } from 'vitest'
import type { Limits, Store } from '../../lib/store/contract.ts'
import { STORE_DEADLINE_SECONDS, StoreUnavailable } from '../../lib/store/deadline.ts'
import { aLink, anAccount, anEmailChange, anId, aRecovery, aRefresh, NOW } from '../support/builders.ts'

/** Every operation on `store` and `limits` fails as out of reach, after `afterSeconds` and before a deadline more would be over. */
export async function expectUnavailable(
  { accounts, sessions, links, ping }: Store,
  limits: Limits,
  { afterSeconds }: { afterSeconds: number },
): Promise<void> {
  const account = anAccount()
  const { session, address, activity } = account
  const { userId } = session
  const operations = {
    create: () => accounts.create(account),
    credentialByEmail: () => accounts.credentialByEmail(address),
    credentialById: () => accounts.credentialById(userId),
    rehash: () => accounts.rehash(userId, 'old', 'new'),
    setPassword: () =>
      accounts.setPassword({
        userId,
        from: 1,
        passwordHash: 'new',
        keep: session.id,
        proven: null,
        now: NOW,
        activity,
      }),
    verifyEmail: () => accounts.verifyEmail(userId, address, activity),
    changeEmail: () => accounts.changeEmail(anEmailChange(account)),
    recover: () => accounts.recover(aRecovery(account)),
    userById: () => accounts.userById(userId),
    updateUser: () => accounts.updateUser(userId, { name: null }),
    setAccess: () => accounts.setAccess({ userId, by: { userId, isNamed: true }, now: NOW, activity }),
    delete: () => accounts.delete(userId, address, 1),
    page: () => accounts.page({ prefix: '', after: null, limit: 1 }),
    activity: () => accounts.activity(userId),
    appendActivity: () => accounts.appendActivity(userId, activity),
    open: () => sessions.open(session, 1, activity),
    advance: () => sessions.advance(aRefresh(account)),
    get: () => sessions.get(userId, session.id),
    list: () => sessions.list(userId),
    revoke: () => sessions.revoke(userId, session.id, NOW),
    revokeAll: () => sessions.revokeAll(userId, null, NOW, activity),
    putLink: () => links.put(anId(), aLink()),
    getLink: () => links.get(anId(), 'reset', NOW),
    takeLink: () => links.take(anId(), 'reset', NOW),
    ping: () => ping(),
    take: () => limits.take([{ key: anId(), limit: 1, window: 60 }]),
  }
  const start = Date.now()
  await Promise.all(
    Object.entries(operations).map(async ([name, operation]) => {
      const error = await operation().then(
        () => 'an answer',
        (error: unknown) => error,
      )
      expect(error, name).toBeInstanceOf(StoreUnavailable)
    }),
  )
  const seconds = (Date.now() - start) / 1_000
  expect(seconds).toBeGreaterThanOrEqual(afterSeconds - 0.05)
  expect(seconds).toBeLessThan(afterSeconds + STORE_DEADLINE_SECONDS)
}
