import { describe, expect, inject, it, vi } from 'vitest'
import type { Limits, Store } from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisLimits } from '../../lib/store/redis/redis-limits.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anAccount, anId, aRefresh, aSession } from '../support/builders.ts'
import { describeLimits } from './limits.suite.ts'
import { describeStore } from './store.suite.ts'
import { expectUnavailable } from './unavailable.ts'

const PREFIX = `test-${anId()}`
const scripts = await nameScripts()

describeStore('Redis', async () => {
  const redis = connectRedis(inject('redis'))
  return {
    store: redisStore(redis, PREFIX, scripts),
    async disable(userId) {
      await redis.hset(`${PREFIX}:account:${userId}`, { disabled: 1 })
    },
  }
})

describeLimits('Redis', async () => redisLimits(connectRedis(inject('redis')), PREFIX, new Map()))

/** Both parts over one client, as a request has them. */
function connect(settings = inject('redis')): { store: Store; limits: Limits } {
  const redis = connectRedis(settings)
  return { store: redisStore(redis, PREFIX, scripts), limits: redisLimits(redis, PREFIX, new Map()) }
}

describe('Redis: round trips', () => {
  const limitsOf = (key: string) => [
    { key: `ip:${key}`, limit: 10, window: 60 },
    { key: `account:${key}`, limit: 10, window: 900 },
  ]

  it('takes limits and reads the credential in one HTTP request', async () => {
    const { store, limits } = connect()
    const login = () => Promise.all([limits.take(limitsOf(anId())), store.accounts.credentialByEmail(anId())])
    await login() // from now on Redis knows the scripts
    const fetch = vi.spyOn(globalThis, 'fetch')
    await login()
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('makes one HTTP request for each operation', async () => {
    const { store, limits } = connect()
    const account = anAccount()
    const { user, session, address, passwordHash } = account
    const operations = {
      create: () => store.accounts.create(account),
      credentialByEmail: () => store.accounts.credentialByEmail(address),
      rehash: () => store.accounts.rehash(user.id, passwordHash, passwordHash),
      open: () => store.sessions.open(aSession({ userId: user.id }), 1),
      advance: () => store.sessions.advance(aRefresh(account)),
      get: () => store.sessions.get(user.id, session.id),
      revoke: () => store.sessions.revoke(user.id, session.id, 1),
      ping: () => store.ping(),
      take: () => limits.take(limitsOf(anId())),
    }
    for (const operation of Object.values(operations)) await operation()
    const fetch = vi.spyOn(globalThis, 'fetch')
    for (const [name, operation] of Object.entries(operations)) {
      fetch.mockClear()
      await operation()
      expect(fetch, name).toHaveBeenCalledTimes(1)
    }
  })

  it('does not ask Redis about a key that it has just refused', async () => {
    const { limits } = connect()
    const request = { key: anId(), limit: 1, window: 3_600 }
    await limits.take([request])
    const [refused] = await limits.take([request])
    const fetch = vi.spyOn(globalThis, 'fetch')
    expect(await limits.take([request])).toEqual([refused])
    expect(fetch).not.toHaveBeenCalled()
  })

  it('sends the scripts again to a Redis that has lost them', async () => {
    const { store, limits } = connect()
    const account = anAccount()
    await store.accounts.create(account)
    await connectRedis(inject('redis')).scriptFlush()
    const [[taken], credential] = await Promise.all([
      limits.take([{ key: anId(), limit: 1, window: 60 }]),
      store.accounts.credentialByEmail(account.address),
    ])
    expect(taken).toMatchObject({ allowed: true })
    expect(credential).toMatchObject({ userId: account.user.id })
  })
})

describe('Redis: keys', () => {
  it('lets the sessions of a user go a day after the last of them ends, and nothing else', async () => {
    const redis = connectRedis(inject('redis'))
    const store = redisStore(redis, PREFIX, scripts)
    const account = anAccount()
    const { user, session, address } = account
    await store.accounts.create(account)
    const expiry = (name: string) => redis.eval(`return redis.call('EXPIRETIME', KEYS[1])`, [`${PREFIX}:${name}`], [])
    expect(await expiry(`sessions:${user.id}`)).toBe(session.expiresAt + 86_400)

    const longer = aSession({ userId: user.id, expiresAt: session.expiresAt + 1_000 })
    await store.sessions.open(longer, 1)
    expect(await expiry(`sessions:${user.id}`)).toBe(longer.expiresAt + 86_400)

    await store.sessions.open(aSession({ userId: user.id, expiresAt: session.expiresAt - 1_000 }), 1)
    await store.sessions.advance(aRefresh(account))
    await store.sessions.revoke(user.id, session.id, 1)
    expect(await expiry(`sessions:${user.id}`)).toBe(longer.expiresAt + 86_400)

    const NEVER = -1
    for (const name of [`account:${user.id}`, `credential:${user.id}`, `address:${address}`]) {
      expect(await expiry(name), name).toBe(NEVER)
    }
  })
})

describe('Redis: out of reach', () => {
  it('gives up on a server that does not answer after two seconds', async () => {
    const { store, limits } = connect({ url: inject('silentUrl'), token: 'any' })
    await expectUnavailable(store, limits, { afterSeconds: 2 })
  })

  it('frees the connection that it gave up on', async () => {
    const { store } = connect({ url: inject('silentUrl'), token: 'any' })
    const fetch = vi.spyOn(globalThis, 'fetch')
    await expect(store.ping()).rejects.toThrow(StoreUnavailable)
    await vi.waitFor(() => expect(fetch.mock.calls[0]?.[1]?.signal?.aborted).toBe(true))
  })

  it('asks a server that refuses connections only once', async () => {
    const { store, limits } = connect({ url: 'http://127.0.0.1:1', token: 'any' })
    const fetch = vi.spyOn(globalThis, 'fetch')
    await expect(store.ping()).rejects.toThrow(StoreUnavailable)
    expect(fetch).toHaveBeenCalledTimes(1)
    await expectUnavailable(store, limits, { afterSeconds: 0 })
  })

  it('says so when its token is refused, without the command and what it holds', async () => {
    const { store, limits } = connect({ ...inject('redis'), token: 'wrong' })
    await expectUnavailable(store, limits, { afterSeconds: 0 })
    const account = anAccount({ passwordHash: 'the-password-hash' })
    const failed = store.accounts.create(account)
    await expect(failed).rejects.toMatchObject({ cause: { message: expect.stringContaining('WRONGPASS') } })
    const error = await failed.catch((error: unknown) => error)
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
      expect(`${cause.message} ${cause.stack}`).not.toMatch(/the-password-hash|@example\.com/)
    }
  })

  it('says so when what is stored is not of its form', async () => {
    const redis = connectRedis(inject('redis'))
    const store = redisStore(redis, PREFIX, scripts)
    const account = anAccount()
    const { user, session } = account
    await store.accounts.create(account)
    await redis.hset(`${PREFIX}:account:${user.id}`, { profile: '{"id":1}' })
    await expect(store.sessions.get(user.id, session.id)).rejects.toThrow(StoreUnavailable)
    await expect(store.sessions.advance(aRefresh(account))).rejects.toThrow(StoreUnavailable)
    await redis.hset(`${PREFIX}:sessions:${user.id}`, { [session.id]: 'no JSON' })
    await expect(store.sessions.advance(aRefresh(account))).rejects.toThrow(StoreUnavailable)
  })
})
