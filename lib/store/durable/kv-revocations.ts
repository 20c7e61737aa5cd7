import { MAX_REVOCATIONS, type Revocations, type UnixSeconds } from '../contract.ts'
import { withDeadline } from '../deadline.ts'

/** Workers KV refuses a key that expires sooner, in seconds. */
const MIN_KV_LIFETIME = 60

/** workerd refuses a later expiry. */
const MAX_KV_EXPIRATION = 2 ** 31 - 1

/** How many requests of a Worker are under way at once; the others wait for their turn, and their deadline would too. */
const CONNECTIONS = 6

const PREFIX = 'revoked:'

/** Of a Workers KV namespace, what we use. */
export interface KeyValueNamespace {
  put(key: string, value: string, options: { expiration: UnixSeconds; metadata: UnixSeconds }): Promise<void>
  list(options: { prefix: string; limit: number; cursor?: string }): Promise<{
    keys: { name: string; metadata?: unknown }[]
    /** Absent at the end. */
    cursor?: string
  }>
}

/**
 * Revocations in Workers KV: an empty key for each session, `revoked:<session id>`, its end in the metadata, which a listing
 * brings along. The expiry of the key only cleans up. Each request has a deadline of its own: what was written or read before one that
 * fails stays.
 */
export function kvRevocations(namespace: KeyValueNamespace): Revocations {
  return {
    async post(sessionIds, until) {
      const soonest = Math.ceil(Date.now() / 1_000) + MIN_KV_LIFETIME + 1 // by then, its clock may have gone on
      const expiration = Math.min(Math.max(until, soonest), MAX_KV_EXPIRATION)
      let failure: PromiseRejectedResult | undefined
      for (let i = 0; i < sessionIds.length; i += CONNECTIONS) {
        const written = await Promise.allSettled(
          sessionIds
            .slice(i, i + CONNECTIONS)
            .map((id) => withDeadline(() => namespace.put(PREFIX + id, '', { expiration, metadata: until }))),
        )
        failure ??= written.find((each) => each.status === 'rejected')
      }
      if (failure) throw failure.reason
    },

    async read(now, hear) {
      let cursor: string | undefined
      let count = 0
      do {
        const limit = Math.min(MAX_REVOCATIONS - count, 1_000)
        const page = await withDeadline(() => namespace.list({ prefix: PREFIX, limit, cursor }))
        for (const { name, metadata: until } of page.keys) {
          if (typeof until === 'number' && until > now) hear(name.slice(PREFIX.length), until)
        }
        count += page.keys.length
        cursor = page.cursor
      } while (cursor && count < MAX_REVOCATIONS)
    },
  }
}
