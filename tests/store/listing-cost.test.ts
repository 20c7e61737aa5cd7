import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { expect, inject, it } from 'vitest'
import { fillDirectory, fillRedis } from '../../bench/support/filled-stores.ts'
import { listedAccounts, type MeasuredPage, measuredPages } from '../../bench/support/listed-accounts.ts'
import type { Store } from '../../lib/store/contract.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameEach } from '../../lib/store/redis/script.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anId } from '../support/builders.ts'

/** From each place that is measured but the last page's, more follow than a driver looks at in one go. */
const FEW = 1_500
const MANY = 4 * FEW

/** A store that counts what is read for a page. */
interface CountingStore {
  store: Store
  pages: MeasuredPage[]
  /** What was read since the last call. */
  takeCount(): Promise<number>
}

it.each([
  ['Redis', openRedis],
  ['Durable Objects', openDurableObjects],
])('%s: reads no more for a page when there are four times as many accounts', async (_, open) => {
  const ofFew = await countPages(await open(FEW))
  const ofMany = await countPages(await open(MANY))
  expect(ofMany).toEqual(ofFew)
})

/** What each page reads, by its title. */
async function countPages({ store, pages, takeCount }: CountingStore): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { title, request, shown } of pages) {
    await takeCount()
    const { users } = await store.accounts.page(request)
    expect(
      users.map(({ id }) => id),
      title,
    ).toEqual(shown)
    counts[title] = await takeCount()
  }
  return counts
}

/** Counts the values that Redis hands to the script, and those that it passes over before them. */
async function openRedis(count: number): Promise<CountingStore> {
  const accounts = listedAccounts(count)
  const prefix = `test-${anId()}`
  await fillRedis(inject('redis'), prefix, accounts)

  const counter = `${prefix}:read`
  const counting = `
local counted = redis
local redis = { call = function(...)
  local reply = counted.call(...)
  local read = type(reply) == 'table' and #reply or 1
  for i, word in ipairs({ ... }) do if word == 'LIMIT' then read = read + select(i + 1, ...) end end
  counted.call('INCRBY', '${counter}', read)
  return reply
end }
`
  const scripts = await nameScripts()
  const redis = connectRedis(inject('redis'))
  return {
    store: redisStore(redis, prefix, { ...scripts, ...(await nameEach({ page: counting + scripts.page.source })) }),
    pages: measuredPages(accounts),
    takeCount: async () => Number(await redis.getdel(counter)),
  }
}

/** Counts the rows that the directory reads. */
async function openDurableObjects(count: number): Promise<CountingStore> {
  const accounts = listedAccounts(count)
  const pages = measuredPages(accounts)
  const name = anId()
  const store = await fillDirectory(name, accounts, new Set(pages.flatMap(({ read }) => read)))
  const directory = env.STORE_DIRECTORY.getByName(name)
  const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
  await runInDurableObject(directory, (_, { storage }) => {
    const { sql } = storage
    const exec = (query: string, ...bindings: unknown[]) => {
      const cursor = sql.exec(query, ...bindings)
      cursors.push(cursor)
      return cursor
    }
    Object.defineProperty(storage, 'sql', { value: { exec } })
  })
  return {
    store,
    pages,
    takeCount: () =>
      runInDurableObject(directory, () => cursors.splice(0).reduce((sum, { rowsRead }) => sum + rowsRead, 0)),
  }
}
