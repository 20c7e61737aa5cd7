import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { durableLimits } from '../../lib/store/durable/durable-limits.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import type { Remote, StoreBindings } from '../../lib/store/durable/objects.ts'
import { anAccount, anId, aRefresh, aSession, NOW } from '../support/builders.ts'
import { describeLimits } from './limits.suite.ts'
import { describeStore } from './store.suite.ts'
import { expectUnavailable } from './unavailable.ts'

const store = durableStore(env)

describeStore('Durable Objects', async () => ({
  store,
  async disable(userId) {
    await runInDurableObject(env.STORE.getByName(userId), (_, { storage }) => {
      storage.kv.put('user', { ...Object(storage.kv.get('user')), disabled: true })
    })
  },
}))

describeLimits('Durable Objects', async () => durableLimits(env, new Map()))

/** What the object keeps on disk. */
function keysOf(stub: DurableObjectStub): Promise<string[]> {
  return runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([key]) => key))
}

describe('Durable Objects: a creation that was interrupted', () => {
  /** The state between the two steps: the address is claimed, the account is not there yet. */
  async function interrupt(account = anAccount()): Promise<ReturnType<typeof anAccount>> {
    await runInDurableObject(env.STORE_ADDRESSES.getByName(account.address), (_, { storage }) => {
      storage.kv.put('owner', account.user.id)
    })
    return account
  }

  it('claims the address before it creates the account', async () => {
    const account = anAccount()
    const address = env.STORE_ADDRESSES.getByName(account.address)
    const ownerAtCreation = runInDurableObject(address, async (object, { storage }) => {
      let owner: unknown
      const failing = {
        getByName: () => ({
          create() {
            owner = storage.kv.get('owner')
            throw new Error('cut off')
          },
        }),
      }
      Object.defineProperty(object, 'env', { value: { STORE: failing } })
      await object.create(account).catch(() => {})
      return owner
    })
    expect(await ownerAtCreation).toBe(account.user.id)
    await evictDurableObject(address)
    expect(await store.accounts.credentialByEmail(account.address)).toBeNull()
    const repeated = anAccount({ address: account.address })
    expect(await store.accounts.create(repeated)).toBe('created')
    expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ userId: repeated.user.id })
  })

  it('leaves an address that nobody can log in with, and that can be signed up with again', async () => {
    const { address } = await interrupt()
    expect(await store.accounts.credentialByEmail(address)).toBeNull()
    const repeated = anAccount({ address })
    expect(await store.accounts.create(repeated)).toBe('created')
    expect(await store.accounts.credentialByEmail(address)).toMatchObject({ userId: repeated.user.id })
    expect(await store.sessions.open(aSession({ userId: repeated.user.id }), 1)).toMatchObject({ outcome: 'opened' })
  })

  it('leaves an address that still goes to one account only, of 30 that ask for it at once', async () => {
    const { address } = await interrupt()
    const accounts = Array.from({ length: 30 }, () => anAccount({ address }))
    const outcomes = await Promise.all(accounts.map((account) => store.accounts.create(account)))
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
    expect(await store.accounts.credentialByEmail(address)).toMatchObject({
      userId: accounts[outcomes.indexOf('created')]?.user.id,
    })
  })

  it('comes too late once another has taken the address', async () => {
    const late = await interrupt()
    const winner = anAccount({ address: late.address })
    await store.accounts.create(winner)
    const { user, passwordHash, session } = late
    expect(await env.STORE.getByName(user.id).create({ user, passwordHash, session })).toBe(false)
    expect(await store.sessions.get(user.id, session.id)).toBeNull()
    expect(await store.accounts.credentialByEmail(late.address)).toMatchObject({ userId: winner.user.id })
  })

  it('never answers created for an account that was refused', async () => {
    const account = anAccount()
    await env.STORE.getByName(account.user.id).existsOrSeal()
    await expect(store.accounts.create(account)).rejects.toThrow(StoreUnavailable)
    expect(await store.accounts.create(anAccount({ address: account.address }))).toBe('created')
  })

  it('keeps the address when only the answer was lost', async () => {
    const account = await interrupt()
    const { user, passwordHash, session } = account
    await env.STORE.getByName(user.id).create({ user, passwordHash, session })
    expect(await store.accounts.create(anAccount({ address: account.address }))).toBe('email_taken')
    expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ userId: user.id })
  })
})

describe('Durable Objects: storage', () => {
  it('keeps nothing for an address or a user that was only asked for', async () => {
    const account = anAccount()
    const { address, user, session } = account
    await store.accounts.credentialByEmail(address)
    await store.accounts.rehash(user.id, 'old', 'new')
    await store.sessions.open(session, 1)
    await store.sessions.advance(aRefresh(account))
    await store.sessions.get(user.id, session.id)
    await store.sessions.revoke(user.id, session.id, NOW)
    await store.ping()
    expect(await keysOf(env.STORE_ADDRESSES.getByName(address))).toEqual([])
    expect(await keysOf(env.STORE.getByName(user.id))).toEqual([])
    expect(await keysOf(env.STORE.getByName('ping'))).toEqual([])
  })

  it('never writes over an account', async () => {
    const account = anAccount()
    await store.accounts.create(account)
    const { user, passwordHash, session } = account
    const other = { user: { ...user, name: 'Mallory' }, passwordHash, session }
    expect(await env.STORE.getByName(user.id).create(other)).toBe(false)
    expect(await store.sessions.get(user.id, session.id)).toEqual({ user, session })
  })

  it('survives that its objects are moved', async () => {
    const account = anAccount()
    await store.accounts.create(account)
    await evictDurableObject(env.STORE_ADDRESSES.getByName(account.address))
    await evictDurableObject(env.STORE.getByName(account.user.id))
    expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ userId: account.user.id })
    expect(await store.sessions.get(account.user.id, account.session.id)).toMatchObject({ session: account.session })
  })
})

describe('Durable Objects: limits', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('forgets a key when its count weighs on no window any more', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const request = { key: anId(), limit: 10, window: 60 }
    const object = env.STORE_LIMITS.getByName(request.key)
    const limits = durableLimits(env, new Map())
    const alarm = () => runInDurableObject(object, (_, { storage }) => storage.getAlarm())

    vi.setSystemTime(NOW * 1_000)
    const windowEnds = Math.floor(NOW / 60) * 60 + 60
    await limits.take([request, request])
    expect(await alarm()).toBe((windowEnds + 60) * 1_000)

    vi.setSystemTime((NOW + 60) * 1_000)
    await limits.take([request])
    expect(await alarm()).toBe((windowEnds + 120) * 1_000)

    expect(await keysOf(object)).toEqual(['count'])
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await keysOf(object)).toEqual([])
    expect(await alarm()).toBeNull()
  })

  it('does not ask the object of a key that it has just refused', async () => {
    const take = vi.fn(async () => ({ allowed: false, remaining: 0, resetAt: Math.ceil(Date.now() / 1_000) + 60 }))
    const limits = durableLimits({ STORE_LIMITS: { getByName: () => ({ take }) } }, new Map())
    const request = { key: anId(), limit: 1, window: 60 }
    const first = await limits.take([request])
    expect(await limits.take([request])).toEqual(first)
    expect(take).toHaveBeenCalledTimes(1)
  })
})

describe('Durable Objects: out of reach', () => {
  /** A namespace whose objects do `call`, whatever they are asked. */
  function objectsThat<Methods>(call: () => Promise<never>): { getByName(): Remote<Methods> } {
    return { getByName: () => new Proxy(Object.create(null), { get: () => call }) }
  }

  it.each([
    ['do not answer', 2, () => new Promise<never>(() => {})],
    ['fail', 0, () => Promise.reject(new Error('Internal error'))],
  ])('says so when its objects %s', async (_, afterSeconds, call) => {
    const bindings: StoreBindings = {
      STORE: objectsThat(call),
      STORE_ADDRESSES: objectsThat(call),
      STORE_LIMITS: objectsThat(call),
    }
    await expectUnavailable(durableStore(bindings), durableLimits(bindings, new Map()), { afterSeconds })
  })
})
