import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import type { NewAccount, Store } from '../../lib/store/contract.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { DIRECTORY } from '../../lib/store/durable/objects.ts'
import { connectRedis, type RedisSettings } from '../../lib/store/redis/client.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'

/** Creations in one request to Redis, or in one call of the directory. */
const AT_ONCE = 250

/** A store in Redis, under a prefix of its own, with all of `accounts`. */
export async function fillRedis(settings: RedisSettings, prefix: string, accounts: NewAccount[]): Promise<Store> {
  const store = redisStore(connectRedis(settings), prefix, await nameScripts())
  const [first, ...others] = accounts
  if (first) await store.accounts.create(first) // from now on Redis knows the script
  for (const some of chunks(others)) {
    await Promise.all(some.map((account) => store.accounts.create(account))) // in one tick, hence in one request
  }
  return store
}

/**
 * A store in Durable Objects whose directory, one of its own, knows all of `accounts`. Those of `ids` exist as well: each is
 * a file on disk. Whoever comes upon another finds a deleted account, and the directory forgets it.
 */
export async function fillDirectory(directoryName: string, accounts: NewAccount[], ids: Set<string>): Promise<Store> {
  const directory = env.STORE_DIRECTORY.getByName(directoryName)
  for (const some of chunks(accounts)) {
    await runInDurableObject(directory, (object) => {
      for (const { user } of some) object.put(user, 1)
    })
  }
  const existing = accounts.filter(({ user }) => ids.has(user.id))
  for (const some of chunks(existing)) {
    await Promise.all(some.map((account) => env.STORE.getByName(account.user.id).create(account)))
  }
  await expectListed(ids)
  return durableStore({ ...env, STORE_DIRECTORY: { getByName: () => directory } })
}

/** Waits until the accounts have told the directory that they know of, which is not the measured one, and are at rest. */
async function expectListed(ids: Set<string>): Promise<void> {
  const listed = () =>
    runInDurableObject(env.STORE_DIRECTORY.getByName(DIRECTORY), (_, { storage }) => {
      const found = storage.sql.exec<{ id: string }>('SELECT id FROM accounts').toArray()
      return found.filter(({ id }) => ids.has(id)).length
    })
  await expect.poll(listed, { timeout: 60_000 }).toBe(ids.size)
}

function chunks<T>(all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, i) => all.slice(i * AT_ONCE, (i + 1) * AT_ONCE))
}
