/** The composition root: environment and bindings → services. The one place where stores, limiters, keys and clocks are chosen. */
import { type AccessTokenVerifier, accessTokenVerifier, type KeyRing } from './auth/access-token.ts'
import { formatEvent } from './auth/events.ts'
import type { Hasher } from './auth/passwords.ts'
import { deriveChained } from './auth/pbkdf2.ts'
import { deriveSecrets, type Secrets } from './auth/secrets.ts'
import type { Services, SessionServices } from './auth/services.ts'
import { importKeyRing, publicKeySet } from './auth/signing-keys.ts'
import { type Environment, parseSettings, type Settings, SettingsError, type TrustedProxy } from './env.ts'
import { BoundedMap } from './store/bounded-map.ts'
import type { Limits, Store } from './store/contract.ts'
import { withDeadline } from './store/deadline.ts'
import { durableLimits } from './store/durable/durable-limits.ts'
import { durableStore } from './store/durable/durable-store.ts'
import type { ObjectNamespace, StoreBindings } from './store/durable/objects.ts'
import { connectRedis } from './store/redis/client.ts'
import { redisLimits } from './store/redis/redis-limits.ts'
import { redisStore } from './store/redis/redis-store.ts'
import { nameScripts, type Scripts } from './store/redis/scripts.ts'

/** What the host binds, by the names of `wrangler.toml`. */
export type Bindings = Partial<StoreBindings> & { HASHER?: ObjectNamespace<Hasher> }

/** What the host gives to a request. */
export interface Platform {
  environment: Environment
  bindings: Bindings
  proxy: TrustedProxy
  /** Names the data centre, so that hashing objects are picked near the request. */
  location: string
}

/** Begins every key in Redis. */
const KEY_PREFIX = 'gatehouse'

/** How many refused keys an isolate remembers. */
const BLOCKED_KEYS = 10_000

/** Hashing objects near each data centre: logins that coincide seldom wait for each other. */
const HASHERS_PER_LOCATION = 8

/** A hash takes some tenths of a second; this bounds the wait for one's turn in a burst. */
const HASHER_DEADLINE_SECONDS = 10

/** What an isolate keeps between requests: plain data and keys. Whatever holds I/O is built for each request. */
interface Kept {
  settings: Settings
  keys: KeyRing
  secrets: Secrets
  accessTokens: AccessTokenVerifier
  scripts: Scripts
  blocked: Map<string, number>
}

let kept: Kept | undefined

async function keep(platform: Platform): Promise<Kept> {
  if (kept) return kept
  const settings = parseSettings(platform.environment)
  const keys = await importKeyRing(settings.keys).catch(() => {
    throw new SettingsError('AUTH_KEYS holds a key whose x, y and d do not belong together: run `npm run keys`')
  })
  const secrets = await deriveSecrets(settings.secrets)
  const scripts = await nameScripts()
  kept = {
    settings,
    keys,
    secrets,
    accessTokens: accessTokenVerifier(keys),
    scripts,
    blocked: new BoundedMap(BLOCKED_KEYS),
  }
  return kept
}

/** What a request works with, and whose word to take for its client's address. */
export interface Opened<S> {
  services: S
  proxy: TrustedProxy
}

/**
 * Services for reading, renewing and ending sessions.
 *
 * @param origin of the request: the issuer, where none is configured
 * @throws {SettingsError}
 */
export async function openSessionServices(platform: Platform, origin: string): Promise<Opened<SessionServices>> {
  const kept = await keep(platform)
  const { redis } = kept.settings
  const store = redis ? redisStore(connectRedis(redis), KEY_PREFIX, kept.scripts) : durableStore(boundStore(platform))
  return { services: sessionServices(kept, store, origin), proxy: kept.settings.trustedProxy ?? platform.proxy }
}

/** All services. Store and limits share one client, so that what they ask at the same time travels together. */
export async function openServices(platform: Platform, origin: string): Promise<Opened<Services>> {
  const kept = await keep(platform)
  const { settings, secrets, blocked } = kept
  const { store, limits } = connect(kept, platform, blocked)
  const services: Services = {
    ...sessionServices(kept, store, origin),
    publicKeySet: publicKeySet(settings.keys),
    passwords: {
      hasher: chooseHasher(settings, platform),
      secrets,
      iterations: settings.passwordIterations,
      randomBytes,
    },
    limits,
    limitPolicy: settings.limitPolicy,
    randomBytes,
  }
  return { services, proxy: settings.trustedProxy ?? platform.proxy }
}

function connect(
  { settings, scripts }: Kept,
  platform: Platform,
  blocked: Map<string, number>,
): { store: Store; limits: Limits } {
  if (settings.redis) {
    const redis = connectRedis(settings.redis)
    return { store: redisStore(redis, KEY_PREFIX, scripts), limits: redisLimits(redis, KEY_PREFIX, blocked) }
  }
  const bindings = boundStore(platform)
  return { store: durableStore(bindings), limits: durableLimits(bindings, blocked) }
}

function sessionServices(
  { settings, keys, secrets, accessTokens }: Kept,
  store: Store,
  origin: string,
): SessionServices {
  return {
    clock: () => Math.floor(Date.now() / 1_000),
    issuer: settings.issuer ?? origin,
    keys,
    secrets,
    accessTokens,
    store,
    sessionPolicy: settings.sessionPolicy,
    record: (event) => console.log(formatEvent(event, new Date())),
  }
}

/** @throws {SettingsError} naming each binding that is missing */
function boundStore({ bindings }: Platform): StoreBindings {
  const { STORE, STORE_ADDRESSES, STORE_LIMITS } = bindings
  if (STORE && STORE_ADDRESSES && STORE_LIMITS) return { STORE, STORE_ADDRESSES, STORE_LIMITS }
  throw new SettingsError(
    'There is no store: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or bind the Durable Objects STORE, STORE_ADDRESSES and STORE_LIMITS',
  )
}

/** @throws {SettingsError} */
function chooseHasher({ hasher }: Settings, { bindings, location }: Platform): Hasher {
  const { HASHER } = bindings
  if (hasher === 'inline' || !HASHER) {
    if (hasher === 'durable')
      throw new SettingsError('AUTH_HASHER is durable, but the Durable Object HASHER is not bound')
    return { derive: deriveChained }
  }
  const [pick = 0] = randomBytes(1)
  const object = HASHER.getByName(`${location}:${pick % HASHERS_PER_LOCATION}`)
  return {
    derive: (password, salt, iterations) =>
      withDeadline(() => object.derive(password, salt, iterations), HASHER_DEADLINE_SECONDS),
  }
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}
