/** `lib/auth` over a real store, as the simulation asks it: real tokens, and a store that can fail and fall back. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { activityOf } from '../../lib/auth/activity.ts'
import { logout } from '../../lib/auth/logout.ts'
import { openSession, type SignedIn } from '../../lib/auth/open-session.ts'
import { refresh } from '../../lib/auth/refresh.ts'
import { signRefreshToken, verifyRefreshToken } from '../../lib/auth/refresh-token.ts'
import type { MailingServices } from '../../lib/auth/services.ts'
import { endOtherSessions } from '../../lib/auth/sessions.ts'
import { signup } from '../../lib/auth/signup.ts'
import type { Advance, Sessions, Store } from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisKeys } from '../../lib/store/redis/keys.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anId, NOW } from '../support/builders.ts'
import { someSecrets } from '../support/keys.ts'
import { aSignupForm, aVisitor, aWorld } from '../support/world.ts'
import {
  ACCESS_TTL,
  type Client,
  type End,
  type Fault,
  type Forgery,
  GRACE,
  IDLE,
  type Issued,
  REFRESH_LIMIT,
  SESSION_TTL,
  type Service,
} from './service.ts'

/** A store, and of one account in it: a copy to fall back to, and all that is written. */
export interface Backend {
  store: Store
  copy(userId: string): Promise<void>
  failOver(userId: string): Promise<void>
  written(userId: string): Promise<string>
}

const scripts = await nameScripts()
const strangers = await someSecrets()
const POLICY = {
  accessTtl: ACCESS_TTL,
  sessionTtl: SESSION_TTL,
  sessionIdle: IDLE,
  refreshGrace: GRACE,
  refreshLimit: REFRESH_LIMIT,
}

export function durableBackend(): Backend {
  const objectOf = (userId: string) => env.STORE.getByName(userId)
  const read = (userId: string) =>
    runInDurableObject(objectOf(userId), (_, { storage }) => structuredClone([...storage.kv.list()]))
  let copied: [string, unknown][] = []
  return {
    store: durableStore(env),
    async copy(userId) {
      copied = await read(userId)
    },
    async failOver(userId) {
      await runInDurableObject(objectOf(userId), (_, { storage }) => {
        storage.transactionSync(() => {
          for (const [key] of [...storage.kv.list()]) storage.kv.delete(key)
          for (const [key, value] of copied) storage.kv.put(key, structuredClone(value))
        })
      })
    },
    written: async (userId) => JSON.stringify(await read(userId)),
  }
}

export function redisBackend(): Backend {
  const redis = connectRedis(inject('redis'))
  const prefix = `test-${anId()}`
  const keysOf = (keys: ReturnType<typeof redisKeys>, userId: string) => [
    keys.account(userId),
    keys.credential(userId),
    keys.sessions(userId),
    keys.activity(userId),
  ]
  const places = (userId: string) => [keysOf(redisKeys(prefix), userId), keysOf(redisKeys(`${prefix}-copy`), userId)]
  const COPY = `
for i = 1, #KEYS / 2 do
  redis.call('DEL', KEYS[i + #KEYS / 2])
  redis.call('COPY', KEYS[i], KEYS[i + #KEYS / 2])
end`
  const WRITTEN = `
local found = {}
for _, key in ipairs(redis.call('KEYS', '*' .. ARGV[1] .. '*')) do
  local kind = redis.call('TYPE', key).ok
  local read = { string = { 'GET', key }, hash = { 'HGETALL', key }, list = { 'LRANGE', key, 0, -1 },
    zset = { 'ZRANGE', key, 0, -1 } }
  local value = redis.call(unpack(read[kind]))
  found[#found + 1] = key .. ' ' .. (type(value) == 'table' and table.concat(value, ' ') or value)
end
return found`
  return {
    store: redisStore(redis, prefix, scripts),
    async copy(userId) {
      await redis.eval(COPY, places(userId).flat(), [])
    },
    async failOver(userId) {
      await redis.eval(COPY, places(userId).reverse().flat(), [])
    },
    written: async (userId) => JSON.stringify(await redis.eval(WRITTEN, [], [userId])),
  }
}

/** The store as it ends sessions: `next` says how it fails at that. */
function failing(store: Store) {
  const state = { next: 'none' as Fault }
  function change<Args extends unknown[], Answer>(operation: (...args: Args) => Promise<Answer>) {
    return async (...args: Args): Promise<Answer> => {
      const fault = state.next
      if (fault === 'before') throw new StoreUnavailable(new Error(fault))
      const answer = await operation(...args)
      if (fault === 'after') throw new StoreUnavailable(new Error(fault))
      return answer
    }
  }
  const { setPassword, setAccess, delete: remove } = store.accounts
  const { revoke, revokeAll } = store.sessions
  return {
    state,
    store: {
      ...store,
      sessions: { ...store.sessions, revoke: change(revoke), revokeAll: change(revokeAll) },
      accounts: {
        ...store.accounts,
        setPassword: change(setPassword),
        setAccess: change(setAccess),
        delete: change(remove),
      },
    },
  }
}

/**
 * Signs somebody up, and in again: their two clients.
 *
 * @param adminId of an account in the store, who disables and enables others
 */
export async function aService({ store: reliable, ...backend }: Backend, adminId: string): Promise<Service> {
  const world = aWorld({ sessionPolicy: POLICY })
  const visitor = aVisitor()
  const form = aSignupForm()
  const { state, store } = failing(reliable)
  const services: MailingServices = { ...world.services, store }
  const browser = await signup(services, visitor, form)
  if (!browser.ok) throw new Error(browser.error.code)
  const { user } = browser.value
  const app = await openSession(
    services,
    visitor,
    { userId: user.id, version: 1, remember: false },
    async (session) => {
      const opened = await reliable.sessions.open(session, 1, activityOf('login.succeeded', visitor, NOW))
      return opened.outcome === 'opened' ? opened.user : null
    },
  )
  if (!app) throw new Error('The app was not signed in')
  const clients = [browser.value, app] as const
  const secrets = new Set([form.password])
  for (const client of clients) keep(client)

  function keep({ refreshToken, accessToken }: Pick<SignedIn, 'refreshToken' | 'accessToken'>): void {
    // The last part of each alone would do: the rest of it is no secret.
    for (const token of [refreshToken, accessToken]) secrets.add(token.slice(token.lastIndexOf('.') + 1))
  }

  /** The same with a clock of its own. */
  const at = (now: number): MailingServices => ({ ...services, clock: () => now, exactClock: () => now })

  async function end(how: End, client: Client, now: number): Promise<void> {
    const { session, refreshToken } = clients[client]
    const here = at(now)
    const { id: userId } = user
    const version = async () => (await reliable.accounts.credentialById(userId))?.version ?? 0
    const setAccess = (disabled: boolean) =>
      store.accounts.setAccess({
        userId,
        by: { userId: adminId, isNamed: false },
        disabled,
        now,
        activity: activityOf(disabled ? 'account.disabled' : 'account.enabled', visitor, now),
      })
    switch (how) {
      case 'logout':
        return logout(here, visitor, { bearer: null, accessCookie: null, refreshCookie: refreshToken })
      case 'others':
        return endOtherSessions(here, visitor, { id: userId, sessionId: session.id })
      case 'everywhere':
        await store.sessions.revokeAll(userId, null, now, activityOf('sessions.ended', visitor, now))
        return
      case 'password':
        await store.accounts.setPassword({
          userId,
          from: await version(),
          passwordHash: 'another',
          keep: session.id,
          proven: null,
          now,
          activity: activityOf('password.changed', visitor, now),
        })
        return
      case 'disable':
      case 'enable':
        await setAccess(how === 'disable')
        return
      case 'delete':
        await store.accounts.delete(userId, form.email, await version())
        return
    }
  }

  return {
    first: [clients[0].refreshToken, clients[1].refreshToken],

    async present(token, now, fault) {
      let seen: Advance | null = null
      const watched: Pick<Sessions, 'advance' | 'get'> = {
        get: reliable.sessions.get,
        async advance(request) {
          if (fault === 'before') throw new StoreUnavailable(new Error(fault))
          seen = await reliable.sessions.advance(request)
          if (fault === 'after') throw new StoreUnavailable(new Error(fault))
          return seen
        },
      }
      const result = await refresh({ ...at(now), store: { sessions: watched } }, visitor, token).catch(
        (error: unknown) => {
          if (error instanceof StoreUnavailable && fault !== 'none') return null
          throw error
        },
      )
      const { outcome, number } = stateOf(seen)
      return { outcome, number, issued: result?.ok ? await issuedBy(result.value) : null }
    },

    async end(how, client, now, fault) {
      state.next = fault
      try {
        await end(how, client, now)
      } finally {
        state.next = 'none'
      }
    },

    copy: () => backend.copy(user.id),
    failOver: () => backend.failOver(user.id),

    async refusesForged(token, forgery) {
      const forged = await forge(services, token, forgery)
      let isAsked = false
      const watched = new Proxy(reliable.sessions, {
        get(sessions, operation) {
          isAsked = true
          return Reflect.get(sessions, operation)
        },
      })
      const result = await refresh({ ...at(NOW), store: { sessions: watched } }, visitor, forged)
      return !result.ok && result.error.code === 'invalid_token' && !isAsked
    },

    async holdsSecrets() {
      const written = await backend.written(user.id)
      return [...secrets].some((secret) => written.includes(secret))
    },
  }

  async function issuedBy(signedIn: SignedIn): Promise<Issued> {
    keep(signedIn)
    const claims = await verifyRefreshToken(services.secrets, signedIn.refreshToken)
    if (!claims) throw new Error('What was issued is not good')
    return { token: signedIn.refreshToken, number: claims.number, accessUntil: signedIn.accessExpiresAt }
  }
}

function stateOf(advance: Advance | null): { outcome: Advance['outcome'] | null; number: number | null } {
  if (!advance) return { outcome: null, number: null }
  return { outcome: advance.outcome, number: 'session' in advance ? advance.session.current : null }
}

/** Something like `token` that we never issued. */
async function forge({ secrets }: MailingServices, token: string, { change, at }: Forgery): Promise<string> {
  const claims = await verifyRefreshToken(secrets, token)
  if (!claims) throw new Error('Not a token to begin with')
  const parts = token.split('.')
  const index = at % token.length
  switch (change) {
    case 'character':
      return `${token.slice(0, index)}${token[index] === 'A' ? 'B' : 'A'}${token.slice(index + 1)}`
    case 'length':
      return at % 2 ? token.slice(0, index) : `${token}A`
    case 'number':
      return parts.with(4, `${claims.number + 1 + at}`).join('.')
    case 'session':
      return parts.with(3, claims.userId).join('.')
    case 'key':
      return signRefreshToken([{ ...strangers[0], kid: secrets[0].kid }], claims)
  }
}
