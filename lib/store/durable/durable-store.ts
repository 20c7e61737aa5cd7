import type { Store } from '../contract.ts'
import { storeWithDeadline } from '../deadline.ts'
import { fold } from '../fold.ts'
import { durableRenewal } from './durable-session-store.ts'
import { DIRECTORY, type StoreBindings } from './objects.ts'

/**
 * A store in Durable Objects. Each operation is one call: by user to the account's object, by address to the address's,
 * which asks the account's in turn, by hash to the link's, and what concerns all accounts to the directory.
 */
export function durableStore(bindings: Omit<StoreBindings, 'STORE_LIMITS'>): Store {
  const account = (userId: string) => bindings.STORE.getByName(userId)
  const address = (canonical: string) => bindings.STORE_ADDRESSES.getByName(canonical)
  const link = (hash: string) => bindings.STORE_LINKS.getByName(hash)
  const directory = () => bindings.STORE_DIRECTORY.getByName(DIRECTORY)

  return storeWithDeadline({
    kind: 'durable-objects',
    accounts: {
      create: (given) => address(given.address).create(given),
      credentialByEmail: (canonical) => address(canonical).credential(canonical),
      credentialById: (userId) => account(userId).credential(),
      rehash: (userId, from, to) => account(userId).rehash(from, to),
      setPassword: ({ userId, ...change }) => account(userId).setPassword(change),
      verifyEmail: (userId, canonical, activity) => account(userId).verifyEmail(canonical, activity),
      changeEmail: (change) => address(fold(change.to)).changeEmail(change),
      recover: (recovery) => address(fold(recovery.to)).recover(recovery),
      userById: (userId) => account(userId).user(),
      updateUser: (userId, change) => account(userId).updateUser(change),
      setAccess: (change) => directory().setAccess(change),
      delete: (userId, canonical, from) => address(canonical).delete(userId, from),
      page: (request) => directory().page(request),
      activity: (userId) => account(userId).activity(),
      appendActivity: (userId, activity) => account(userId).appendActivity(activity),
    },
    sessions: {
      ...durableRenewal(bindings),
      async open(session, credentialVersion, activity) {
        const user = await account(session.userId).open(session, credentialVersion, activity)
        return user ? { outcome: 'opened', user } : { outcome: 'refused' }
      },
      list: (userId) => account(userId).list(),
      revoke: (userId, sessionId, now) => account(userId).revoke(sessionId, now),
      revokeAll: (userId, except, now, activity) => account(userId).revokeAll(except, now, activity),
    },
    links: {
      put: (hash, given) => link(hash).put(given),
      get: (hash, purpose, now) => link(hash).get(purpose, now),
      take: (hash, purpose, now, proof = '') => link(hash).take(purpose, now, proof),
    },
    ping: () => account('ping').ping(),
  })
}
