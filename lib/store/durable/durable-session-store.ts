import type { SessionStore } from '../contract.ts'
import { operationsWithDeadline } from '../deadline.ts'
import type { StoreBindings } from './objects.ts'

/** Of a store in Durable Objects, what renews and checks sessions. */
export function durableSessionStore(bindings: Pick<StoreBindings, 'STORE'>): SessionStore {
  return { sessions: operationsWithDeadline(durableRenewal(bindings)) }
}

/** The same without a deadline, for the whole store, which sets one for all its operations. */
export function durableRenewal({ STORE }: Pick<StoreBindings, 'STORE'>): SessionStore['sessions'] {
  return {
    advance: (request) => STORE.getByName(request.userId).advance(request),
    get: (userId, sessionId) => STORE.getByName(userId).get(sessionId),
  }
}
