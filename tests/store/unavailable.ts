import { expect } from 'vitest'
import type { Limits, Store } from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { anAccount, anId, aRefresh } from '../support/builders.ts'

/** Every operation on `store` and `limits` fails as out of reach, `afterSeconds` and well before another second. */
export async function expectUnavailable(
  { accounts, sessions, ping }: Store,
  limits: Limits,
  { afterSeconds }: { afterSeconds: number },
): Promise<void> {
  const account = anAccount()
  const { user, session, address } = account
  const operations = {
    create: () => accounts.create(account),
    credentialByEmail: () => accounts.credentialByEmail(address),
    rehash: () => accounts.rehash(user.id, 'old', 'new'),
    open: () => sessions.open(session, 1),
    advance: () => sessions.advance(aRefresh(account)),
    get: () => sessions.get(user.id, session.id),
    revoke: () => sessions.revoke(user.id, session.id, 1),
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
  expect(seconds).toBeLessThan(afterSeconds + 0.95)
}
