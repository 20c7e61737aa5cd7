import { env } from 'cloudflare:workers'
import { expect, inject, it } from 'vitest'
import { type Credential, EMAIL_UNDO_SECONDS, type Store, type User } from '../../lib/store/contract.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { fold } from '../../lib/store/fold.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anAccount, anActivity, anId, aRefresh, aSession, NOW } from '../support/builders.ts'

/** The rules stand in Lua and in TypeScript: long random histories find where the two part. */
it.each([1, 2, 3])('the drivers agree on a random history of a session (seed %d)', async (seed) => {
  const below = randomNumbers(seed)
  const stores = await openBoth()
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
      for (const { sessions } of stores) expect((await sessions.open(session, 1, anActivity())).outcome).toBe('opened')
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

it.each([1, 2, 3])('the drivers agree on a random history of accounts (seed %d)', async (seed) => {
  const below = randomNumbers(seed)
  const stores = await openBoth()
  const accounts = [anAccount({ user: { roles: ['admin'] } }), anAccount({ user: { roles: ['user'] } })] as const
  const users = accounts.map(({ user }) => user.id)
  const sessions = accounts.map(({ session }) => session)
  for (const store of stores) for (const account of accounts) await store.accounts.create(account)
  /** What accounts are created with and change to, some of them in two spellings. */
  const emails = accounts.flatMap(({ user }) => [user.email, user.email.toUpperCase(), `${anId()}@example.org`])

  function anyOf<T>(values: T[]): T {
    const [value] = values.slice(below(values.length))
    if (value === undefined) throw new Error('There is nothing to choose from')
    return value
  }

  let now = NOW
  /** What is done at random to each store. */
  function drawStep(
    userId: string,
    user: User | null,
    credential: Credential | null,
  ): (store: Store) => Promise<unknown> {
    const own = sessions.filter((session) => session.userId === userId)
    const session = anyOf(below(4) ? own : sessions)
    const activity = anActivity({ type: anyOf(['login.failed', 'session.reused']), at: now, count: 1 + below(3) })
    const version = below(4) && credential ? credential.version : 1 + below(3)
    const [from, to] = [below(2) && credential ? credential.passwordHash : 'hash', `hash ${below(3)}`]
    const email = below(8) && user ? user.email : anyOf(emails)
    const proven = below(2) ? fold(email) : null
    switch (below(14)) {
      case 0: {
        const given = { email: anyOf(emails), roles: anyOf([['admin'], []]), createdAt: now }
        const account = anAccount({ passwordHash: to, activity, user: given })
        return async ({ accounts }) => {
          const outcome = await accounts.create(account)
          if (outcome === 'created' && !users.includes(account.user.id)) {
            users.push(account.user.id)
            sessions.push(account.session)
          }
          return outcome
        }
      }
      case 1:
        return ({ accounts }) => accounts.delete(userId, fold(email), version)
      case 2:
        return ({ accounts }) => accounts.rehash(userId, from, to)
      case 3: {
        const change = { userId, from: version, passwordHash: to, keep: session.id, proven, now, activity }
        return ({ accounts }) => accounts.setPassword(change)
      }
      case 4: {
        const name = anyOf(['Ada', 'Grace Hopper', '', null])
        return ({ accounts }) => accounts.updateUser(userId, { name })
      }
      case 5:
      case 6: {
        const by = { userId: anyOf(users), isNamed: below(2) === 0 }
        const roles = [undefined, ['user'], ['user', 'admin'], ['editor', 'admin'], []][below(5)]
        const disabled = [undefined, false, false, true][below(4)]
        return ({ accounts }) => accounts.setAccess({ userId, by, roles, disabled, now, activity })
      }
      case 7:
        return ({ accounts }) => accounts.appendActivity(userId, activity)
      case 8: {
        const opened = aSession({ userId, createdAt: now, advancedAt: now, expiresAt: now + 1_000 })
        sessions.push(opened)
        return ({ sessions }) => sessions.open(opened, version, activity)
      }
      case 9:
        return ({ accounts }) => accounts.verifyEmail(userId, fold(email), activity)
      case 10: {
        const change = { userId, version, from: email, to: anyOf(emails), now, activity }
        return ({ accounts }) => accounts.changeEmail(change)
      }
      case 11: {
        const recovery = { userId, from: email, to: anyOf([email, ...emails]), passwordHash: to, now, activity }
        return ({ accounts }) => accounts.recover(recovery)
      }
      case 12: {
        const request = { ...aRefresh({ session }, { presented: below(3), now, activity }), userId }
        return ({ sessions }) => sessions.advance(request)
      }
      default: {
        const except = anyOf([null, session.id])
        return below(2)
          ? ({ sessions }) => sessions.revokeAll(userId, except, now, activity)
          : ({ sessions }) => sessions.revoke(userId, session.id, now)
      }
    }
  }

  for (let step = 0; step < 250; step++) {
    now += below(30) ? below(40) : EMAIL_UNDO_SECONDS
    const userId = anyOf(users.slice(-3)) // of those before, most are gone
    const [{ accounts }] = stores
    const change = drawStep(userId, await accounts.userById(userId), await accounts.credentialById(userId))
    const [durable, redis] = [await change(stores[0]), await change(stores[1])]
    expect(inOrder(redis)).toEqual(inOrder(durable))
    const [durableAfter, redisAfter] = await Promise.all(
      stores.map(async ({ accounts, sessions }) => [
        await accounts.userById(userId),
        await accounts.credentialById(userId),
        await Promise.all(emails.map((email) => accounts.credentialByEmail(fold(email)))),
        inOrder(await sessions.list(userId)),
        await accounts.activity(userId),
      ]),
    )
    expect(redisAfter).toEqual(durableAfter)
  }
})

async function openBoth(): Promise<[Store, Store]> {
  const redis = connectRedis(inject('redis'))
  return [durableStore(env), redisStore(redis, `test-${anId()}`, await nameScripts())]
}

/** Sessions and their ids are in no order: here they are, so that they can be compared. */
function inOrder(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map((each) => JSON.stringify(each)).sort()
  if (typeof answer !== 'object' || answer === null || !('ended' in answer)) return answer
  return { ...answer, ended: inOrder(answer.ended) }
}

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
