/** The world of `lib/auth` for tests: a real store, and what happens in it can be watched. */
import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { accessTokenVerifier } from '../../lib/auth/access-token.ts'
import type { SecurityEvent } from '../../lib/auth/events.ts'
import type { SignedIn } from '../../lib/auth/open-session.ts'
import { deriveChained } from '../../lib/auth/pbkdf2.ts'
import type { LimitPolicy, Services, SessionPolicy, Visitor } from '../../lib/auth/services.ts'
import { importKeyRing, publicKeySet } from '../../lib/auth/signing-keys.ts'
import { type SignupForm, signup } from '../../lib/auth/signup.ts'
import type { Limits, Store } from '../../lib/store/contract.ts'
import { StoreUnavailable } from '../../lib/store/deadline.ts'
import { durableLimits } from '../../lib/store/durable/durable-limits.ts'
import { durableStore } from '../../lib/store/durable/durable-store.ts'
import { connectRedis } from '../../lib/store/redis/client.ts'
import { redisLimits } from '../../lib/store/redis/redis-limits.ts'
import { redisStore } from '../../lib/store/redis/redis-store.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'
import { anId, NOW } from './builders.ts'
import { aPrivateJwk, someSecrets } from './keys.ts'

export interface World {
  services: Services
  /** What was recorded. */
  events: SecurityEvent[]
  /** Iterations that the hasher was asked for, call by call. */
  hashes: number[]
  /** Operations on store and limits since the last call of this function, by the round trip in which they travelled. */
  takeTrips(): string[][]
  /** Lets time pass. */
  wait(seconds: number): void
  /** From now on the store is out of reach, until `true`. */
  reach(reachable: boolean): void
}

export const ISSUER = 'https://auth.example.com'

/** Cheap, so that tests are quick; a real hash all the same. */
export const ITERATIONS = 10

/** In nobody's way. */
const WIDE = { limit: 1_000, window: 60 }

const privateJwk = await aPrivateJwk()
const keys = await importKeyRing([privateJwk])
const secrets = await someSecrets()
const scripts = await nameScripts()

export function aWorld({
  backend = 'durable',
  limitPolicy = {},
  sessionPolicy = {},
}: {
  backend?: 'durable' | 'redis'
  limitPolicy?: Partial<LimitPolicy>
  sessionPolicy?: Partial<SessionPolicy>
} = {}): World {
  const events: SecurityEvent[] = []
  const hashes: number[] = []
  const line = aLine()
  const { store, limits } = backend === 'durable' ? openDurable() : openRedis()
  let now = NOW
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const services: Services = {
    clock: () => now,
    issuer: ISSUER,
    keys,
    publicKeySet: publicKeySet([privateJwk]),
    secrets,
    accessTokens: accessTokenVerifier(keys),
    store: {
      kind: store.kind,
      ping: line.watch('store', store).ping,
      accounts: line.watch('accounts', store.accounts),
      sessions: line.watch('sessions', store.sessions),
    },
    sessionPolicy: {
      accessTtl: 600,
      sessionTtl: 86_400,
      rememberedSessionTtl: 30 * 86_400,
      sessionIdle: 14 * 86_400,
      refreshGrace: 30,
      refreshLimit: WIDE,
      ...sessionPolicy,
    },
    passwords: {
      hasher: {
        derive(password, salt, iterations) {
          hashes.push(iterations)
          return deriveChained(password, salt, iterations)
        },
      },
      secrets,
      iterations: ITERATIONS,
      randomBytes,
    },
    limits: line.watch('limits', limits),
    limitPolicy: { loginIp: WIDE, loginAccount: WIDE, signupIp: WIDE, ...limitPolicy },
    record: (event) => events.push(event),
    randomBytes,
  }
  return {
    services,
    events,
    hashes,
    takeTrips: line.takeTrips,
    reach: line.reach,
    wait(seconds) {
      now += seconds
    },
  }
}

/** Somebody from an address of their own, so that nobody shares a limit. */
export function aVisitor(): Visitor {
  const [a, b, c] = crypto.getRandomValues(new Uint8Array(3))
  return { ip: `10.${a}.${b}.${c}`, userAgent: 'Mozilla/5.0' }
}

export function aSignupForm(given: Partial<SignupForm> = {}): SignupForm {
  return { email: `${anId()}@example.com`, password: 'correct horse battery', name: null, remember: false, ...given }
}

/** Somebody with an account, signed in to it. */
export async function aSignedInUser({ services }: World, given: Partial<SignupForm> = {}): Promise<SignedIn> {
  const signedUp = await signup(services, aVisitor(), aSignupForm(given))
  if (!signedUp.ok) throw new Error(signedUp.error.code)
  return signedUp.value
}

/** Disables a user where the Durable Objects driver keeps it: the contract has no operation for it yet. */
export async function disableUser(userId: string): Promise<void> {
  await runInDurableObject(env.STORE.getByName(userId), (_, { storage }) => {
    storage.kv.put('user', { ...Object(storage.kv.get('user')), disabled: true })
  })
}

/** Replaces the credential's hash, and by a new `version` says that the password was changed. */
export async function replaceCredential(
  userId: string,
  given: { passwordHash?: string; version?: number },
): Promise<void> {
  await runInDurableObject(env.STORE.getByName(userId), (_, { storage }) => {
    storage.kv.put('credential', { ...Object(storage.kv.get('credential')), ...given })
  })
}

function openDurable(): { store: Store; limits: Limits } {
  return { store: durableStore(env), limits: durableLimits(env, new Map()) }
}

/** Both over one client, as a request has them. */
function openRedis(): { store: Store; limits: Limits } {
  const redis = connectRedis(inject('redis'))
  const prefix = `test-${anId()}`
  return { store: redisStore(redis, prefix, scripts), limits: redisLimits(redis, prefix, new Map()) }
}

/** The line to the store: counts round trips in sequence, and can be cut. */
function aLine() {
  let isReachable = true
  let trips: string[][] = []
  let returned = 0

  /** The same operations; one that starts before another has come back shares that one's trip. */
  function watch<T extends object>(name: string, operations: T): T {
    return new Proxy(operations, {
      get(target, property) {
        const operation: unknown = Reflect.get(target, property)
        if (typeof operation !== 'function') return operation
        return async (...args: unknown[]) => {
          const trip = returned
          trips[trip] = [...(trips[trip] ?? []), `${name}.${String(property)}`]
          try {
            if (!isReachable) throw new StoreUnavailable(new Error('The line is cut'))
            return await operation.apply(target, args)
          } finally {
            returned = Math.max(returned, trip + 1)
          }
        }
      },
    })
  }

  return {
    watch,
    reach(reachable: boolean) {
      isReachable = reachable
    },
    takeTrips() {
      const taken = trips
      trips = []
      returned = 0
      return taken
    },
  }
}
