import { env } from 'cloudflare:workers'
import { expect, inject, it } from 'vitest'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anAccount, aRefresh, aSession, NOW } from '../support/builders.ts'

/** The rules stand in Lua and in TypeScript: long random histories find where the two part. */
it.each([1, 2, 3])('the drivers agree on a random history (seed %d)', async (seed) => {
  const below = randomNumbers(seed)
  const stores = [
    durableStore(env),
    redisStore(connectRedis(inject('redis')), `test-${crypto.randomUUID()}`, await nameScripts()),
  ] as const
  const account = anAccount()
  const { user } = account
  for (const { accounts } of stores) await accounts.create(account)

  let { session } = account
  let now = NOW
  let wasRefused = false
  for (let step = 0; step < 150; step++) {
    now += [0, 0, 0, 0, 1, 7, 30, 31, 60, 300][below(10)] ?? 0
    if (wasRefused && below(2) === 0) {
      session = aSession({ userId: user.id, createdAt: now, advancedAt: now, expiresAt: now + 2_000 })
      for (const { sessions } of stores) expect((await sessions.open(session, 1)).outcome).toBe('opened')
    }
    if (below(40) === 0) for (const { sessions } of stores) await sessions.revoke(user.id, session.id, now)

    const [before] = await Promise.all(stores.map(({ sessions }) => sessions.get(user.id, session.id)))
    const { current = 1, parent = 0 } = before?.session ?? {}
    const presented = [current, current, current, parent, parent, current + 2][below(7)] ?? below(current + 1)
    const limit = { limit: 3 + below(3), window: [60, 60, 60, 90][below(4)] ?? 60 }
    const request = aRefresh({ session }, { presented, now, grace: 30, idle: 290, limit })
    const [durable, redis] = await Promise.all(stores.map(({ sessions }) => sessions.advance(request)))
    expect(redis).toEqual(durable)
    wasRefused = !(durable && 'session' in durable)

    const [durableAfter, redisAfter] = await Promise.all(
      stores.map(({ sessions }) => sessions.get(user.id, session.id)),
    )
    expect(redisAfter).toEqual(durableAfter)
  }
})

/** Numbers below what is asked for, the same ones for the same seed (mulberry32). */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}
