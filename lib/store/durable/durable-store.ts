import type { Store } from '../contract.ts'
import { storeWithDeadline } from '../deadline.ts'
import type { StoreBindings } from './objects.ts'

/** A store in Durable Objects. Each operation is one call; those that go by address are passed on by the address's object. */
export function durableStore({ STORE, STORE_ADDRESSES }: StoreBindings): Store {
  return storeWithDeadline({
    kind: 'durable-objects',
    accounts: {
      create: (account) => STORE_ADDRESSES.getByName(account.address).create(account),
      credentialByEmail: (address) => STORE_ADDRESSES.getByName(address).credential(),
      rehash: (userId, from, to) => STORE.getByName(userId).rehash(from, to),
    },
    sessions: {
      async open(session, credentialVersion) {
        const user = await STORE.getByName(session.userId).open(session, credentialVersion)
        return user ? { outcome: 'opened', user } : { outcome: 'refused' }
      },
      advance: (request) => STORE.getByName(request.userId).advance(request),
      get: (userId, sessionId) => STORE.getByName(userId).get(sessionId),
      revoke: (userId, sessionId, now) => STORE.getByName(userId).revoke(sessionId, now),
    },
    ping: () => STORE.getByName('ping').ping(),
  })
}
