import { describe, expect, inject, it, vi } from 'vitest'
import { EMAIL_UNDO_SECONDS, MAX_REVOCATIONS } from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { fold } from '../../lib/store/fold.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisLimits } from '../../lib/store/redis/redis-limits.ts'
import { redisMailbox } from '../../lib/store/redis/redis-mailbox.ts'
import { redisRevocations } from '../../lib/store/redis/redis-revocations.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import {
  aLink,
  aMail,
  anAccount,
  anActivity,
  anEmailChange,
  anId,
  aRecovery,
  aRefresh,
  aSession,
  NOW,
} from '../support/builders.ts'
import { describeLimits } from './limits.suite.ts'
import { describeMailbox } from './mailbox.suite.ts'
import { describeRevocations, readAll } from './revocations.suite.ts'
import { createAll } from './steps.ts'
import { describeStore } from './store.suite.ts'
import { expectUnavailable } from './unavailable.ts'

const PREFIX = `test-${anId()}`
const scripts = await nameScripts()

describeStore('Redis', async () => ({ store: redisStore(connectRedis(inject('redis')), PREFIX, scripts) }))

describeRevocations('Redis', async () => redisRevocations(connectRedis(inject('redis')), PREFIX))

describeLimits('Redis', async () => redisLimits(connectRedis(inject('redis')), PREFIX, new Map()))

describeMailbox('Redis', async () => redisMailbox(connectRedis(inject('redis')), `test-${anId()}`))

/** All parts over one client, as a request has them. */
function connect(settings = inject('redis'), prefix = PREFIX) {
  const redis = connectRedis(settings)
  return {
    redis,
    store: redisStore(redis, prefix, scripts),
    limits: redisLimits(redis, prefix, new Map()),
    revocations: redisRevocations(redis, prefix),
    mailbox: redisMailbox(redis, prefix),
  }
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
    const { store, limits, revocations, mailbox } = connect()
    const account = anAccount()
    const { session, address, passwordHash, activity } = account
    const { userId, id: keep } = session
    const [accounts, sessions] = [store.accounts, store.sessions]
    const operations = {
      create: () => accounts.create(account),
      credentialByEmail: () => accounts.credentialByEmail(address),
      credentialById: () => accounts.credentialById(userId),
      rehash: () => accounts.rehash(userId, passwordHash, passwordHash),
      userById: () => accounts.userById(userId),
      updateUser: () => accounts.updateUser(userId, { name: 'Grace' }),
      verifyEmail: () => accounts.verifyEmail(userId, address, activity),
      changeEmail: () => accounts.changeEmail(anEmailChange(account)),
      recover: () => accounts.recover(aRecovery(account)),
      putLink: () => store.links.put(userId, aLink({ proofs: ['proof'] })),
      getLink: () => store.links.get(userId, 'reset', NOW),
      takeLink: () => store.links.take(userId, 'reset', NOW),
      keepMail: () => mailbox.put(aMail()),
      mails: () => mailbox.list(),
      setAccess: () =>
        accounts.setAccess({ userId, by: { userId, isNamed: true }, disabled: false, now: NOW, activity }),
      page: () => accounts.page({ prefix: '', after: null, limit: 10 }),
      pageOfPrefix: () => accounts.page({ prefix: 'ada', after: { term: 'ada', id: userId }, limit: 10 }),
      activity: () => accounts.activity(userId),
      appendActivity: () => accounts.appendActivity(userId, activity),
      open: () => sessions.open(aSession({ userId }), 1, activity),
      advance: () => sessions.advance(aRefresh(account)),
      get: () => sessions.get(userId, keep),
      list: () => sessions.list(userId),
      revoke: () => sessions.revoke(userId, keep, NOW),
      revokeAll: () => sessions.revokeAll(userId, null, NOW, activity),
      setPassword: () =>
        accounts.setPassword({ userId, from: 1, passwordHash, keep, proven: null, now: NOW, activity }),
      delete: () => accounts.delete(userId, address, 1),
      post: () => revocations.post([keep], NOW),
      read: () => revocations.read(NOW, () => {}),
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
    await store.sessions.open(longer, 1, anActivity())
    expect(await expiry(`sessions:${user.id}`)).toBe(longer.expiresAt + 86_400)

    await store.sessions.open(aSession({ userId: user.id, expiresAt: session.expiresAt - 1_000 }), 1, anActivity())
    await store.sessions.advance(aRefresh(account))
    await store.sessions.revoke(user.id, session.id, 1)
    expect(await expiry(`sessions:${user.id}`)).toBe(longer.expiresAt + 86_400)

    const NEVER = -1
    const others = [`account:${user.id}`, `credential:${user.id}`, `activity:${user.id}`, `address:${address}`]
    for (const name of [...others, 'created', 'terms']) {
      expect(await expiry(name), name).toBe(NEVER)
    }
  })

  it('lets a kept address go a day after nobody is kept from it any more, and a link a day after its end', async () => {
    const { redis, store } = connect()
    const account = anAccount()
    await store.accounts.create(account)
    const expiry = (name: string) => redis.eval(`return redis.call('EXPIRETIME', KEYS[1])`, [`${PREFIX}:${name}`], [])
    const change = anEmailChange(account)
    await store.accounts.changeEmail(change)
    expect(await expiry(`address:${account.address}`)).toBe(NOW + EMAIL_UNDO_SECONDS + 86_400)
    expect(await expiry(`address:${fold(change.to)}`)).toBe(-1)
    await store.accounts.recover(aRecovery(account, { from: change.to }))
    expect(await expiry(`address:${account.address}`)).toBe(-1)
    expect(await redis.exists(`${PREFIX}:address:${fold(change.to)}`)).toBe(0)

    const link = aLink({ userId: account.user.id, proofs: ['a'] })
    await store.links.put(account.user.id, link)
    await store.links.take(account.user.id, 'reset', NOW, 'wrong')
    expect(await expiry(`link:${account.user.id}`)).toBe(link.expiresAt + 86_400)
    await store.links.take(account.user.id, 'reset', NOW, 'a')
    expect(await redis.exists(`${PREFIX}:link:${account.user.id}`)).toBe(0)
  })

  it('gives a kept address that is over to a new owner for good', async () => {
    const { redis, store } = connect()
    const account = anAccount()
    await store.accounts.create(account)
    await store.accounts.changeEmail(anEmailChange(account))
    await createAll(store, [anAccount({ user: { email: account.user.email, createdAt: NOW + EMAIL_UNDO_SECONDS } })])
    expect(await redis.ttl(`${PREFIX}:address:${account.address}`)).toBe(-1)
  })

  it('keeps none of an account that was deleted after a change of address, not the old one either', async () => {
    const prefix = `test-${anId()}`
    const { redis, store } = connect(inject('redis'), prefix)
    const account = anAccount()
    await createAll(store, [account])
    const change = anEmailChange(account)
    await store.accounts.changeEmail(change)
    expect(await redis.zrange(`${prefix}:terms`, 0, -1)).toHaveLength(4)
    await store.accounts.delete(account.user.id, fold(change.to), 1)
    expect(await redis.keys(`${prefix}:*`)).toEqual([])
  })

  it('reads a user that was stored before addresses could be changed', async () => {
    const { redis, store } = connect()
    const account = anAccount()
    const { user, session } = account
    await createAll(store, [account])
    await redis.hdel(`${PREFIX}:account:${user.id}`, 'emailChangedAt')
    expect(await store.accounts.userById(user.id)).toEqual(user)
    expect(await store.sessions.get(user.id, session.id)).toEqual({ user, session })
    expect(await store.accounts.changeEmail(anEmailChange(account))).toBe('changed')
  })

  it('keeps none of an account that was deleted, and no place in a list', async () => {
    const prefix = `test-${anId()}`
    const { redis, store } = connect(inject('redis'), prefix)
    const account = anAccount({ user: { name: 'Ada King Lovelace' } })
    const { user, address } = account
    await createAll(store, [account])
    await store.accounts.updateUser(user.id, { name: 'Ada Lovelace' })
    expect(await redis.zrange(`${prefix}:terms`, 0, -1)).toHaveLength(4)
    expect(await redis.zrange(`${prefix}:created`, 0, -1)).toHaveLength(1)
    await store.accounts.delete(user.id, address, 1)
    expect(await redis.keys(`${prefix}:*`)).toEqual([])
  })

  it('leaves the address of another account alone when one is deleted', async () => {
    const { store } = connect()
    const [account, other] = [anAccount(), anAccount()]
    await createAll(store, [account, other])
    await store.accounts.delete(account.user.id, other.address, 1)
    expect(await store.accounts.credentialByEmail(other.address)).toMatchObject({ userId: other.user.id })
  })
})

describe('Redis: listing', () => {
  it('reads no accounts but those of the page and the next one, however many there are', async () => {
    const prefix = `test-${anId()}`
    const { redis, store } = connect(inject('redis'), prefix)
    const accounts = Array.from({ length: 100 }, (_, i) =>
      anAccount({ user: { id: `user ${100 + i}`, name: 'Xenia', createdAt: NOW - i } }),
    )
    await createAll(store, accounts)
    // Who reads one of these fails: it is no hash.
    for (const { user } of accounts.slice(11)) await redis.set(`${prefix}:account:${user.id}`, '')
    const users = accounts.slice(0, 10).map(({ user }) => user)
    for (const prefix of ['', 'xenia']) {
      expect((await store.accounts.page({ prefix, after: null, limit: 10 })).users).toEqual(users)
      await expect(store.accounts.page({ prefix, after: null, limit: 11 })).rejects.toThrow(StoreUnavailable)
    }
  })
})

describe('Redis: revocations', () => {
  it('forgets what has run out when something else is posted', async () => {
    const prefix = `test-${anId()}`
    const { redis, revocations } = connect(inject('redis'), prefix)
    const now = Math.floor(Date.now() / 1_000)
    await redis.zadd(`${prefix}:revoked`, { score: now - 1, member: 'over' }, { score: now + 600, member: 'listed' })
    await revocations.post(['new'], now + 900)
    expect(await redis.zrange(`${prefix}:revoked`, 0, -1)).toEqual(['listed', 'new'])
  })

  it('reads no more than an isolate remembers: those that are listed longest', async () => {
    const { revocations } = connect(inject('redis'), `test-${anId()}`)
    const ids = (until: number) => Array.from({ length: MAX_REVOCATIONS / 2 }, (_, i) => `${until} ${i}`)
    for (const until of [3, 1, 2]) await revocations.post(ids(NOW + until), NOW + until)
    const read = await readAll(revocations, NOW)
    expect([...read.keys()].sort()).toEqual([...ids(NOW + 2), ...ids(NOW + 3)].sort())
  })
})

describe('Redis: out of reach', () => {
  it.each([
    ['does not answer', { url: inject('silentUrl'), token: 'any' }],
    ['refuses connections', { url: 'http://127.0.0.1:1', token: 'any' }],
    ['refuses its token', { ...inject('redis'), token: 'wrong' }],
  ])('says so of revocations when the server %s', async (_, settings) => {
    const { revocations } = connect(settings)
    await expect(revocations.post([anId()], NOW)).rejects.toThrow(StoreUnavailable)
    await expect(revocations.read(NOW, () => {})).rejects.toThrow(StoreUnavailable)
  })

  it.each([
    ['does not answer', inject('silentUrl')],
    ['stops halfway through its answer', inject('stallingUrl')],
  ])('gives up after two seconds on a server that %s', async (_, url) => {
    const { store, limits } = connect({ url, token: 'any' })
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
    await redis.hset(`${PREFIX}:account:${user.id}`, { email: '{"id":1}' })
    await expect(store.accounts.userById(user.id)).rejects.toThrow(StoreUnavailable)
    await expect(store.sessions.get(user.id, session.id)).rejects.toThrow(StoreUnavailable)
    await expect(store.sessions.advance(aRefresh(account))).rejects.toThrow(StoreUnavailable)
    await redis.hset(`${PREFIX}:sessions:${user.id}`, { [session.id]: 'no JSON' })
    await expect(store.sessions.list(user.id)).rejects.toThrow(StoreUnavailable)
    await expect(store.sessions.advance(aRefresh(account))).rejects.toThrow(StoreUnavailable)
    for (const entry of ['no entry', 'login.unheard-of 1 {"at":1,"ip":"","userAgent":""}']) {
      await redis.lpush(`${PREFIX}:activity:${user.id}`, entry)
      await expect(store.accounts.activity(user.id)).rejects.toThrow(StoreUnavailable)
      await redis.lpop(`${PREFIX}:activity:${user.id}`)
    }
  })
})
