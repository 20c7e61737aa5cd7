import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, type Mock, onTestFinished, vi } from 'vitest'
import {
  type AccessChange,
  EMAIL_UNDO_SECONDS,
  type EmailChange,
  MAX_REVOCATIONS,
  type NewAccount,
  type User,
} from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { durableLimits } from '../../lib/store/durable/durable-limits.ts'
import { durableMailbox } from '../../lib/store/durable/durable-mailbox.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { kvRevocations } from '../../lib/store/durable/kv-revocations.ts'
import { type AccountMethods, DIRECTORY, type Remote, type StoreBindings } from '../../lib/store/durable/objects.ts'
import { fold } from '../../lib/store/fold.ts'
import {
  aLink,
  anAccount,
  anActivity,
  anEmailChange,
  anId,
  aRecovery,
  aRefresh,
  aSession,
  aUser,
  NOW,
} from '../support/builders.ts'
import { describeLimits } from './limits.suite.ts'
import { describeMailbox } from './mailbox.suite.ts'
import { describeRevocations, readAll } from './revocations.suite.ts'
import { describeStore } from './store.suite.ts'
import { expectUnavailable } from './unavailable.ts'

const store = durableStore(env)

describeStore('Durable Objects', async () => ({ store }))

describeRevocations('Workers KV', async () => kvRevocations(env.REVOKED))

describeLimits('Durable Objects', async () => durableLimits(env, new Map()))

describeMailbox('Durable Objects', async () => durableMailbox(env))

/** A namespace whose objects do `call`, whatever they are asked. */
function objectsThat<Methods>(call: () => Promise<never>): { getByName(): Remote<Methods> } {
  return { getByName: () => new Proxy(Object.create(null), { get: () => call }) }
}

/** Gives an object other bindings than it has, until it is moved. */
function setBindings(object: object, bindings: unknown): void {
  Object.defineProperty(object, 'env', { value: bindings })
}

/** What the object keeps on disk. */
function keysOf(stub: DurableObjectStub): Promise<string[]> {
  return runInDurableObject(stub, (_, { storage }) => [...storage.kv.list()].map(([key]) => key))
}

describe('Durable Objects: a creation that was interrupted', () => {
  /** The state between the two steps: the address is claimed, the account is not there yet. */
  async function interrupt(account = anAccount()): Promise<NewAccount> {
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
      setBindings(object, { STORE: failing })
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
    expect(await store.sessions.open(aSession({ userId: repeated.user.id }), 1, anActivity())).toMatchObject({
      outcome: 'opened',
    })
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
    const { user, session } = late
    expect(await env.STORE.getByName(user.id).create(late)).toBe(false)
    expect(await store.sessions.get(user.id, session.id)).toBeNull()
    expect(await store.accounts.credentialByEmail(late.address)).toMatchObject({ userId: winner.user.id })
  })

  it('never answers created for an account that was refused', async () => {
    const account = anAccount()
    await env.STORE.getByName(account.user.id).holdsOrFence(account.address, NOW)
    await expect(store.accounts.create(account)).rejects.toThrow(StoreUnavailable)
    expect(await store.accounts.create(anAccount({ address: account.address }))).toBe('created')
  })

  it('keeps the address when only the answer was lost', async () => {
    const account = await interrupt()
    const { user, address } = account
    await env.STORE.getByName(user.id).create(account)
    expect(await store.accounts.create(anAccount({ address }))).toBe('email_taken')
    expect(await store.accounts.credentialByEmail(address)).toMatchObject({ userId: user.id })
  })
})

describe('Durable Objects: a change of address that was interrupted', () => {
  const addressOf = ({ to }: EmailChange) => env.STORE_ADDRESSES.getByName(fold(to))
  const objectOf = ({ userId }: EmailChange) => env.STORE.getByName(userId)
  const ownerOf = async (email: string) => (await store.accounts.credentialByEmail(fold(email)))?.userId
  const signUp = (email: string, createdAt = NOW) => store.accounts.create(anAccount({ user: { email, createdAt } }))

  async function aPlannedChange(): Promise<{ account: NewAccount; change: EmailChange }> {
    const account = anAccount()
    await store.accounts.create(account)
    return { account, change: anEmailChange(account) }
  }

  /** The state between the two steps: the new address has its owner, the account has not changed yet. */
  async function interrupt(): Promise<{ account: NewAccount; change: EmailChange; arriveLate(): Promise<string> }> {
    const { account, change } = await aPlannedChange()
    const fences = await objectOf(change).fences()
    await runInDurableObject(addressOf(change), (_, { storage }) => storage.kv.put('owner', change.userId))
    return {
      account,
      change,
      arriveLate: async () => (await objectOf(change).changeEmail(change, fences)).outcome,
    }
  }

  it('asks how often the account was fenced, then notes it as the owner, then lets it change', async () => {
    const { account, change } = await aPlannedChange()
    const seen: unknown[] = []
    await runInDurableObject(addressOf(change), async (object, { storage }) => {
      const cutOff = {
        fences: async () => seen.push(['fences', storage.kv.get('owner')]),
        changeEmail(_: unknown, fences: number) {
          seen.push(['change', storage.kv.get('owner'), fences])
          throw new Error('cut off')
        },
      }
      setBindings(object, { STORE: { getByName: () => cutOff } })
      await object.changeEmail(change).catch((error: Error) => seen.push(error.message))
      setBindings(object, env)
    })
    expect(seen).toEqual([['fences', undefined], ['change', change.userId, 1], 'cut off'])
    expect(await ownerOf(account.user.email)).toBe(change.userId)
    expect(await ownerOf(change.to)).toBeUndefined()
    expect(await store.accounts.changeEmail(change)).toBe('changed')
    expect(await ownerOf(change.to)).toBe(change.userId)
  })

  it('leaves an address that nobody can log in with, and that can be signed up or changed to', async () => {
    const { change } = await interrupt()
    expect(await ownerOf(change.to)).toBeUndefined()
    expect(await signUp(change.to)).toBe('created')
    const { change: other } = await interrupt()
    const { change: another } = await aPlannedChange()
    expect(await store.accounts.changeEmail({ ...another, to: other.to })).toBe('changed')
    expect(await ownerOf(other.to)).toBe(another.userId)
  })

  it('comes too late once another has taken the address', async () => {
    const { account, change, arriveLate } = await interrupt()
    expect(await signUp(change.to)).toBe('created')
    const owner = await ownerOf(change.to)
    expect(await arriveLate()).toBe('refused')
    expect(await store.accounts.userById(change.userId)).toEqual(account.user)
    expect(await ownerOf(change.to)).toBe(owner)
    const next = anEmailChange(account)
    expect(await store.accounts.changeEmail(next)).toBe('changed')
    expect(await ownerOf(next.to)).toBe(change.userId)
  })

  it('still counts when it arrives before another wants the address', async () => {
    const { account, change, arriveLate } = await interrupt()
    expect(await arriveLate()).toBe('changed')
    expect(await ownerOf(change.to)).toBe(change.userId)
    expect(await signUp(change.to)).toBe('email_taken')
    expect(await signUp(account.user.email)).toBe('email_taken')
    expect(await signUp(account.user.email, NOW + EMAIL_UNDO_SECONDS)).toBe('created')
  })

  it('keeps the address as noted when it is asked for again and refused: the first may be on its way', async () => {
    const { change, arriveLate } = await interrupt()
    expect(await store.accounts.changeEmail({ ...change, version: 2 })).toBe('refused')
    expect(await arriveLate()).toBe('changed')
    expect(await ownerOf(change.to)).toBe(change.userId)
  })

  it('leaves an address that still goes to one account only, of 30 that ask for it at once', async () => {
    const { account, change } = await interrupt()
    const others = Array.from({ length: 29 }, () => anAccount({ user: { email: change.to } }))
    const [changed, ...created] = await Promise.all([
      store.accounts.changeEmail(change),
      ...others.map((other) => store.accounts.create(other)),
    ])
    const winners = [changed === 'changed' ? account : null, ...others.filter((_, i) => created[i] === 'created')]
    const [winner, ...more] = winners.filter((each) => each !== null)
    expect(more).toEqual([])
    expect(await ownerOf(change.to)).toBe(winner?.user.id)
  })

  it('holds up no other that waits for the address', async () => {
    const { change } = await aPlannedChange()
    await runInDurableObject(addressOf(change), async (object) => {
      const cutOff = objectsThat<AccountMethods>(() => Promise.reject(new Error('cut off')))
      const STORE: StoreBindings['STORE'] = { getByName: (id) => env.STORE.getByName(id) }
      vi.spyOn(STORE, 'getByName').mockReturnValueOnce(cutOff.getByName())
      setBindings(object, { STORE })
      const [first, second] = await Promise.allSettled([object.changeEmail(change), object.changeEmail(change)])
      expect(first.status).toBe('rejected')
      expect(second).toMatchObject({ value: 'changed' })
    })
  })

  it('is not undone any more, by whatever clock, once another has got the old address', async () => {
    const { account, change } = await aPlannedChange()
    await store.accounts.changeEmail(change)
    const fences = await objectOf(change).fences()
    expect(await signUp(account.user.email, NOW + EMAIL_UNDO_SECONDS)).toBe('created')
    const owner = await ownerOf(account.user.email)
    const { userId, ...late } = aRecovery(account, { from: change.to })
    expect(await objectOf(change).recover(late, fences)).toEqual({ outcome: 'refused' })
    expect(await store.accounts.recover({ userId, ...late })).toEqual({ outcome: 'refused' })
    expect(await ownerOf(account.user.email)).toBe(owner)
    expect(await ownerOf(change.to)).toBe(userId)
  })

  it('leaves both addresses free when the account is deleted, also when that was cut off before either was told', async () => {
    const { account, change } = await aPlannedChange()
    await store.accounts.changeEmail(change)
    expect(await objectOf(change).delete(1)).toMatchObject({ outcome: 'deleted' })
    await vi.waitFor(async () => expect(await keysOf(objectOf(change))).toEqual(['sealed']), 10_000)
    for (const email of [account.user.email, change.to]) {
      expect(await ownerOf(email)).toBeUndefined()
      expect(await signUp(email)).toBe('created')
    }
  })

  it('reads a user that was stored before addresses could be changed', async () => {
    const account = anAccount()
    const { user, session } = account
    await store.accounts.create(account)
    const { emailChangedAt: _, ...older } = user
    await runInDurableObject(env.STORE.getByName(user.id), (_, { storage }) => storage.kv.put('user', older))
    expect(await store.accounts.userById(user.id)).toEqual(user)
    expect(await store.sessions.get(user.id, session.id)).toEqual({ user, session })
    expect(await store.accounts.changeEmail(anEmailChange(account))).toBe('changed')
  })
})

describe('Durable Objects: the list of accounts', () => {
  /** An account with an address of its own to search for. */
  function aListedAccount(name: string | null = null): NewAccount {
    const id = anId()
    return anAccount({ user: { id, email: `${id}@example.com`, name } })
  }

  const objectOf = ({ user }: NewAccount) => env.STORE.getByName(user.id)
  const directory = env.STORE_DIRECTORY.getByName(DIRECTORY)

  async function found(prefix: string): Promise<string[]> {
    const { users } = await store.accounts.page({ prefix, after: null, limit: 10 })
    return users.map(({ id }) => id)
  }

  async function expectFound({ user }: NewAccount): Promise<void> {
    await vi.waitFor(async () => expect(await found(user.email)).toEqual([user.id]), 10_000)
  }

  /** Lets none of the object's attempts reach the directory, until the object is moved or the test ends; counts them. */
  function cutOff(account: NewAccount): Promise<Mock> {
    return runInDurableObject(objectOf(account), (object) => {
      const fail = vi.fn(() => Promise.reject(new Error('cut off')))
      setBindings(object, { ...env, STORE_DIRECTORY: { getByName: () => ({ put: fail, forget: fail }) } })
      onTestFinished(() => runInDurableObject(objectOf(account), (present) => setBindings(present, env)))
      return fail
    })
  }

  /** What the index holds of the account. */
  function indexed({ user }: NewAccount): Promise<unknown[]> {
    return runInDurableObject(directory, (_, { storage }) =>
      ['accounts', 'terms'].flatMap((table) =>
        storage.sql.exec(`SELECT * FROM ${table} WHERE id = ?`, user.id).toArray(),
      ),
    )
  }

  const alarmOf = (account: NewAccount) => runInDurableObject(objectOf(account), (_, { storage }) => storage.getAlarm())

  beforeEach(() => {
    vi.spyOn(console, 'error').mockImplementation(() => {}) // what it says while it is cut off
  })

  it('shows an account soon after its creation, and keeps nothing of that with the account', async () => {
    const account = aListedAccount()
    await store.accounts.create(account)
    await expectFound(account)
    await vi.waitFor(async () => expect(await keysOf(objectOf(account))).not.toContain('unlisted'), 10_000)
    expect(await alarmOf(account)).toBeNull()
  })

  it('costs a sign-up nothing while it is out of reach, and shows the account once it is back', async () => {
    const account = aListedAccount()
    const attempt = await cutOff(account)
    expect(await store.accounts.create(account)).toBe('created')
    await vi.waitFor(() => expect(attempt).toHaveBeenCalled(), 10_000)
    expect(await found(account.user.email)).toEqual([])
    await evictDurableObject(objectOf(account))
    await expectFound(account)
  })

  it('is told again for as long as it takes, at least every minute', async () => {
    const account = aListedAccount()
    await cutOff(account)
    await store.accounts.create(account)
    for (let attempt = 0; attempt < 12; attempt++)
      await runInDurableObject(objectOf(account), (object) => object.alarm())
    const seconds = (Number(await alarmOf(account)) - Date.now()) / 1_000
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
  })

  it('hears of an account whose alarm was lost with the next call to it', async () => {
    const account = aListedAccount()
    const attempt = await cutOff(account)
    await store.accounts.create(account)
    await vi.waitFor(async () => {
      expect(attempt).toHaveBeenCalled()
      expect(await alarmOf(account)).not.toBeNull()
    }, 10_000)
    await runInDurableObject(objectOf(account), (_, { storage }) => storage.deleteAlarm())
    await evictDurableObject(objectOf(account))
    expect(await store.accounts.userById(account.user.id)).toEqual(account.user)
    await expectFound(account)
  })

  it('shows an account once that it was told of twice, as only the answer was lost', async () => {
    const account = aListedAccount()
    await cutOff(account)
    await store.accounts.create(account)
    await directory.put(account.user, 1)
    await evictDurableObject(objectOf(account))
    await vi.waitFor(async () => expect(await keysOf(objectOf(account))).not.toContain('unlisted'), 10_000)
    expect(await found(account.user.email)).toEqual([account.user.id])
  })

  it('finds nobody by a name that was given up, before it has heard of that', async () => {
    const account = aListedAccount(`name${Date.now()}`)
    const { id: userId, name } = account.user
    await store.accounts.create(account)
    await vi.waitFor(async () => expect(await found(`${name}`)).toEqual([userId]), 10_000)
    await cutOff(account)
    await store.accounts.updateUser(userId, { name: null })
    expect(await found(`${name}`)).toEqual([])
  })

  it('goes by the newest it was told, not by what comes in last', async () => {
    const account = aListedAccount('New')
    await store.accounts.create(account)
    await expectFound(account)
    await directory.put({ ...account.user, email: `old-${account.user.email}` }, 1)
    await directory.put({ ...account.user, email: `old-${account.user.email}` }, 0)
    expect(await found(account.user.email)).toEqual([account.user.id])
  })

  it('does not show an account that is gone, whatever comes in late, and keeps nothing of it', async () => {
    const account = aListedAccount()
    const { user, address } = account
    await store.accounts.create(account)
    await expectFound(account)
    expect(await indexed(account)).not.toEqual([])
    await store.accounts.delete(user.id, address, 1)
    expect(await found(user.email)).toEqual([])
    await vi.waitFor(async () => expect(await keysOf(objectOf(account))).toEqual(['sealed']), 10_000)
    expect(await indexed(account)).toEqual([])

    await directory.put(user, 1)
    expect(await found(user.email)).toEqual([])
    expect(await indexed(account)).toEqual([])
  })

  it('forgets an account that was deleted while it was out of reach', async () => {
    const account = aListedAccount()
    const { user, address } = account
    await store.accounts.create(account)
    await expectFound(account)
    await vi.waitFor(async () => expect(await keysOf(objectOf(account))).not.toContain('unlisted'), 10_000)
    await cutOff(account)
    expect(await store.accounts.delete(user.id, address, 1)).toMatchObject({ outcome: 'deleted' })
    await evictDurableObject(objectOf(account))
    await vi.waitFor(async () => expect(await keysOf(objectOf(account))).toEqual(['sealed']), 10_000)
    expect(await indexed(account)).toEqual([])
    expect(await alarmOf(account)).toBeNull()
  })

  it('reads little of an index of 100,000 accounts for a page, and asks only whom it shows', async () => {
    const big = env.STORE_DIRECTORY.getByName(anId())
    await runInDurableObject(big, async (object, { storage }) => {
      const ask = vi.fn((id: string) => ({
        user: async () => aUser({ id, email: `ada${id}@example.com`, name: 'Ada' }),
      }))
      setBindings(object, { STORE: { getByName: ask } })
      const accounts = 'WITH RECURSIVE n(i) AS (SELECT 100000 UNION ALL SELECT i + 1 FROM n WHERE i < 199999)'
      storage.sql.exec(`INSERT INTO accounts ${accounts} SELECT CAST(i AS TEXT), i, 1 FROM n`)
      for (const term of [`0, 'ada'`, `3, 'ada' || i || '@example.com'`, `0, '@example.com'`]) {
        storage.sql.exec(`INSERT INTO terms ${accounts} SELECT ${term}, CAST(i AS TEXT) FROM n`)
      }
      const sql = storage.sql
      const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = []
      Object.defineProperty(storage, 'sql', {
        value: {
          exec(query: string, ...bindings: unknown[]) {
            const cursor = sql.exec(query, ...bindings)
            cursors.push(cursor)
            return cursor
          },
        },
      })
      for (const [prefix, term, id, shown] of [
        ['', '150000', '150000', 50],
        ['ada', 'ada', '150000', 50],
        ['@', '@example.com', '199900', 50],
        ['@', '@example.com', '199990', 9],
        ['ada1999', 'ada199989@example.com', '199989', 10],
      ] as const) {
        ask.mockClear()
        cursors.length = 0
        const { users, next } = await object.page({ prefix, after: { term, id }, limit: 50 })
        expect(users).toHaveLength(shown)
        expect(next === null).toBe(shown < 50)
        expect(ask.mock.calls.length).toBeLessThanOrEqual(51)
        const read = cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
        expect(read, prefix).toBeLessThan(150)
      }
    })
  })
})

describe('Durable Objects: a deletion', () => {
  it('leaves nothing of the address, and of the account that there shall never be another', async () => {
    const account = anAccount()
    const { user, address } = account
    await store.accounts.create(account)
    expect(await store.accounts.delete(user.id, address, 1)).toMatchObject({ outcome: 'deleted' })
    expect(await keysOf(env.STORE_ADDRESSES.getByName(address))).toEqual([])
    await vi.waitFor(async () => expect(await keysOf(env.STORE.getByName(user.id))).toEqual(['sealed']), 10_000)
    expect(await env.STORE.getByName(user.id).create(account)).toBe(false)
  })

  it('that was cut off before its address was freed leaves one that can be signed up with again', async () => {
    const account = anAccount()
    const { user, address } = account
    await store.accounts.create(account)
    expect(await env.STORE.getByName(user.id).delete(1)).toMatchObject({ outcome: 'deleted' })
    expect(await store.accounts.credentialByEmail(address)).toBeNull()
    const repeated = anAccount({ address })
    expect(await store.accounts.create(repeated)).toBe('created')
    expect(await store.accounts.credentialByEmail(address)).toMatchObject({ userId: repeated.user.id })
  })
})

describe('Durable Objects: what admins change', () => {
  it('is done one after the other, so that two admins who take the role from each other leave one', async () => {
    const users = new Map(['ada', 'bob'].map((id) => [id, aUser({ id, roles: ['user', 'admin'] })]))
    const slow = (id: string) => ({
      user: async () => users.get(id),
      async setAccess({ roles }: Pick<User, 'roles'>) {
        await new Promise((resolve) => setTimeout(resolve, 50)) // whoever does not wait has found itself an admin by now
        const user = aUser({ ...users.get(id), roles })
        users.set(id, user)
        return { user, ended: [] }
      },
    })
    await runInDurableObject(env.STORE_DIRECTORY.getByName(anId()), async (directory) => {
      setBindings(directory, { STORE: { getByName: slow } })
      const demote = (userId: string, by: string) => directory.setAccess({ ...aChange(userId, by), roles: ['user'] })
      const changes = await Promise.all([demote('bob', 'ada'), demote('ada', 'bob')])
      expect(changes.map(({ outcome }) => outcome)).toEqual(['changed', 'refused'])
      expect(users.get('ada')?.roles).toContain('admin')
    })
  })

  it('is not held up by a change that failed', async () => {
    const admin = anAccount({ user: { roles: ['admin'] } })
    await store.accounts.create(admin)
    await runInDurableObject(env.STORE_DIRECTORY.getByName(anId()), async (directory) => {
      const cutOff = objectsThat<AccountMethods>(() => Promise.reject(new Error('cut off')))
      const STORE: StoreBindings['STORE'] = { getByName: (id) => env.STORE.getByName(id) }
      vi.spyOn(STORE, 'getByName').mockReturnValueOnce(cutOff.getByName())
      setBindings(directory, { STORE })
      const change = { ...aChange(admin.user.id, admin.user.id), roles: ['admin', 'editor'] }
      const [first, second] = await Promise.allSettled([directory.setAccess(change), directory.setAccess(change)])
      expect(first.status).toBe('rejected')
      expect(second).toMatchObject({ value: { outcome: 'changed', user: { roles: ['admin', 'editor'] } } })
    })
  })

  function aChange(userId: string, by: string): AccessChange {
    return { userId, by: { userId: by, isNamed: false }, now: NOW, activity: anActivity({ type: 'roles.changed' }) }
  }
})

describe('Durable Objects: storage', () => {
  it('keeps nothing for an address or a user that was only asked for', async () => {
    const account = anAccount()
    const { address, user, session } = account
    const activity = anActivity()
    const by = { userId: anId(), isNamed: true }
    const { accounts, sessions } = store
    await accounts.credentialByEmail(address)
    await accounts.credentialById(user.id)
    await accounts.rehash(user.id, 'old', 'new')
    await accounts.setPassword({
      userId: user.id,
      from: 1,
      passwordHash: 'new',
      keep: session.id,
      proven: null,
      now: NOW,
      activity,
    })
    await accounts.verifyEmail(user.id, address, activity)
    await accounts.changeEmail(anEmailChange(account, { to: address }))
    await accounts.recover(aRecovery(account))
    await accounts.userById(user.id)
    await accounts.updateUser(user.id, { name: 'Ada' })
    await accounts.setAccess({ userId: user.id, by, disabled: true, now: NOW, activity })
    await accounts.delete(user.id, address, 1)
    await accounts.activity(user.id)
    await accounts.appendActivity(user.id, activity)
    await sessions.open(session, 1, activity)
    await sessions.advance(aRefresh(account))
    await sessions.get(user.id, session.id)
    await sessions.list(user.id)
    await sessions.revoke(user.id, session.id, NOW)
    await sessions.revokeAll(user.id, null, NOW, activity)
    await store.links.get(user.id, 'reset', NOW)
    await store.links.take(user.id, 'reset', NOW)
    await store.ping()
    expect(await keysOf(env.STORE_LINKS.getByName(user.id))).toEqual([])
    expect(await keysOf(env.STORE.getByName(by.userId))).toEqual([])
    expect(await keysOf(env.STORE_ADDRESSES.getByName(address))).toEqual([])
    expect(await keysOf(env.STORE.getByName(user.id))).toEqual([])
    expect(await keysOf(env.STORE.getByName('ping'))).toEqual([])
  })

  it('never writes over an account', async () => {
    const account = anAccount()
    await store.accounts.create(account)
    const { user, session } = account
    const other = { ...account, user: { ...user, name: 'Mallory' } }
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

describe('Durable Objects: links', () => {
  const alarmOf = (stub: DurableObjectStub) => runInDurableObject(stub, (_, { storage }) => storage.getAlarm())

  it.each([
    ['taken', [], 'a'],
    ['tried too often', ['a'], 'wrong'],
  ])('keeps nothing of a link that was %s', async (_, proofs, proof) => {
    const hash = anId()
    const object = env.STORE_LINKS.getByName(hash)
    await store.links.put(hash, aLink({ proofs, tries: 1 }))
    expect(await keysOf(object)).toEqual(['link'])
    await store.links.take(hash, 'reset', NOW, proof)
    expect(await keysOf(object)).toEqual([])
    expect(await alarmOf(object)).toBeNull()
  })

  it('keeps nothing of a link whose time is over', async () => {
    const hash = anId()
    const object = env.STORE_LINKS.getByName(hash)
    await store.links.put(hash, aLink())
    expect(await alarmOf(object)).toBe((NOW + 1_800) * 1_000)
    expect(await runDurableObjectAlarm(object)).toBe(true)
    expect(await keysOf(object)).toEqual([])
    expect(await alarmOf(object)).toBeNull()
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

describe('Workers KV: revocations', () => {
  it('asks nothing of KV that it refuses, such as a key that expires within a minute', async () => {
    const [id, now] = [anId(), Math.floor(Date.now() / 1_000)]
    const revocations = kvRevocations(env.REVOKED)
    await revocations.post([id], now + 1)
    expect((await readAll(revocations, now)).get(id)).toBe(now + 1)
    const { keys } = await env.REVOKED.list({ prefix: `revoked:${id}` })
    expect(keys).toHaveLength(1)
    expect(keys[0]?.expiration).toBeLessThan(now + 90)
  })

  it('reads on where KV breaks off, up to 10,000 sessions', async () => {
    const list = vi.fn(async ({ limit, cursor = '0' }: { limit: number; cursor?: string }) => {
      const first = Number(cursor)
      const keys = Array.from({ length: limit }, (_, i) => ({ name: `revoked:${first + i}`, metadata: NOW + 1 }))
      return { keys, cursor: `${first + limit}` }
    })
    const listed = await readAll(kvRevocations({ put: async () => {}, list }), NOW)
    expect(listed.size).toBe(MAX_REVOCATIONS)
    expect(listed.get('9999')).toBe(NOW + 1)
    expect(list).toHaveBeenCalledTimes(10)
  })

  it('writes all that it can, a few at once, and says so when one failed', async () => {
    const ids = Array.from({ length: 50 }, anId)
    let [underWay, most] = [0, 0]
    const written: string[] = []
    const put = async (key: string) => {
      underWay += 1
      most = Math.max(most, underWay)
      await scheduler.wait(260) // nine times that is longer than one may take
      underWay -= 1
      if (key.endsWith(String(ids[1]))) throw new Error('KV PUT failed: 429 Too Many Requests')
      written.push(key)
    }
    const list = async () => ({ keys: [] })
    const posted = kvRevocations({ put, list }).post(ids, NOW)
    await expect(posted).rejects.toMatchObject({ cause: { message: expect.stringContaining('429') } })
    expect(written).toHaveLength(49)
    expect(most).toBe(6)
  })

  it('reads a long list that takes longer than one of its pages may', async () => {
    let left = 3
    const list = async () => {
      await scheduler.wait(800)
      left -= 1
      return { keys: [{ name: `revoked:${left}`, metadata: NOW + 1 }], ...(left > 0 && { cursor: 'more' }) }
    }
    const listed = await readAll(kvRevocations({ put: async () => {}, list }), NOW)
    expect([...listed.keys()]).toEqual(['2', '1', '0'])
  })

  it('tells what it has read before KV fails', async () => {
    const page = { keys: [{ name: 'revoked:first', metadata: NOW + 1 }], cursor: 'more' }
    const list = vi
      .fn(async () => page)
      .mockResolvedValueOnce(page)
      .mockRejectedValueOnce(new Error('KV GET failed: 500'))
    const hear = vi.fn()
    await expect(kvRevocations({ put: async () => {}, list }).read(NOW, hear)).rejects.toThrow(StoreUnavailable)
    expect(hear).toHaveBeenCalledExactlyOnceWith('first', NOW + 1)
  })

  it.each([
    ['does not answer', () => new Promise<never>(() => {})],
    ['fails', () => Promise.reject(new Error('KV PUT failed: 429 Too Many Requests'))],
  ])('says so when KV %s', async (_, call) => {
    const revocations = kvRevocations({ put: call, list: call })
    await Promise.all([
      expect(revocations.post([anId()], NOW)).rejects.toThrow(StoreUnavailable),
      expect(revocations.read(NOW, () => {})).rejects.toThrow(StoreUnavailable),
    ])
  })
})

describe('Durable Objects: out of reach', () => {
  it.each([
    ['do not answer', 2, () => new Promise<never>(() => {})],
    ['fail', 0, () => Promise.reject(new Error('Internal error'))],
  ])('says so when its objects %s', async (_, afterSeconds, call) => {
    const bindings: StoreBindings = {
      STORE: objectsThat(call),
      STORE_ADDRESSES: objectsThat(call),
      STORE_DIRECTORY: objectsThat(call),
      STORE_LIMITS: objectsThat(call),
      STORE_LINKS: objectsThat(call),
    }
    await expectUnavailable(durableStore(bindings), durableLimits(bindings, new Map()), { afterSeconds })
  })
})
