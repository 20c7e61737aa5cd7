import { MAX_REVOCATIONS, type Revocations, type UnixSeconds } from '../contract.ts'
import { operationsWithDeadline } from '../deadline.ts'

/** Workers KV refuses a key that expires sooner, in seconds. */
const MIN_KV_LIFETIME = 60

/** workerd refuses a later expiry. */
const MAX_KV_EXPIRATION = 2 ** 31 - 1

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
 * brings along. The expiry of the key only cleans up.
 */
export function kvRevocations(namespace: KeyValueNamespace): Revocations {
  return operationsWithDeadline<Revocations>({
    async post(sessionIds, until) {
      const soonest = Math.ceil(Date.now() / 1_000) + MIN_KV_LIFETIME + 1 // by then, its clock may have gone on
      const expiration = Math.min(Math.max(until, soonest), MAX_KV_EXPIRATION)
      await Promise.all(sessionIds.map((id) => namespace.put(PREFIX + id, '', { expiration, metadata: until })))
    },

    async read(now) {
      const listed = new Map<string, UnixSeconds>()
      let cursor: string | undefined
      do {
        const limit = Math.min(MAX_REVOCATIONS - listed.size, 1_000)
        const page = await namespace.list({ prefix: PREFIX, limit, cursor })
        for (const { name, metadata: until } of page.keys) {
          if (typeof until === 'number' && until > now) listed.set(name.slice(PREFIX.length), until)
        }
        cursor = page.cursor
      } while (cursor && listed.size < MAX_REVOCATIONS)
      return listed
    },
  })
}
