/** The composition root: environment and bindings → services. The one place where stores, limiters, keys and clocks are chosen. */
import { type AccessTokenVerifier, accessTokenVerifier, type KeyRing } from './auth/access-token.ts'
import { formatEvent } from './auth/events.ts'
import type { Hasher } from './auth/passwords.ts'
import { deriveChained } from './auth/pbkdf2.ts'
import { RevocationList } from './auth/revocation-list.ts'
import { deriveSecrets, type Secrets } from './auth/secrets.ts'
import type { Services, SessionServices } from './auth/services.ts'
import { importKeyRing, publicKeySet } from './auth/signing-keys.ts'
import { type Environment, parseSettings, type Settings, SettingsError, type TrustedProxy } from './env.ts'
import { type Mail, type MailSettings, parseMailSettings } from './mail/mail-settings.ts'
import { BoundedMap } from './store/bounded-map.ts'
import type { Limits, Mailbox, Revocations, SessionStore, Store } from './store/contract.ts'
import { withDeadline } from './store/deadline.ts'
import { durableLimits } from './store/durable/durable-limits.ts'
import { durableMailbox } from './store/durable/durable-mailbox.ts'
import { durableSessionStore } from './store/durable/durable-session-store.ts'
import { durableStore } from './store/durable/durable-store.ts'
import { type KeyValueNamespace, kvRevocations } from './store/durable/kv-revocations.ts'
import type { MailboxBinding, ObjectNamespace, StoreBindings } from './store/durable/objects.ts'
import { connectRedis, type RedisSettings } from './store/redis/client.ts'
import { redisLimits } from './store/redis/redis-limits.ts'
import { redisMailbox } from './store/redis/redis-mailbox.ts'
import { redisRevocations } from './store/redis/redis-revocations.ts'
import { redisSessionStore } from './store/redis/redis-session-store.ts'
import { redisStore } from './store/redis/redis-store.ts'
import { nameScripts } from './store/redis/scripts.ts'
import { nameSessionScripts } from './store/redis/session-scripts.ts'

/** What the host binds, by the names of `wrangler.toml`. */
export type Bindings = Partial<StoreBindings & MailboxBinding> & {
  HASHER?: ObjectNamespace<Hasher>
  REVOKED?: KeyValueNamespace
}

/** What the host gives to a request. */
export interface Platform {
  environment: Environment
  isDevelopment: boolean
  bindings: Bindings
  proxy: TrustedProxy
  /** Names the data centre, so that hashing objects are picked near the request. */
  location: string
  /** Keeps the isolate at work until the promise is settled, also after the answer. */
  waitUntil(promise: Promise<unknown>): void
}

/** Begins every key in Redis. */
const KEY_PREFIX = 'gatehouse'

/** How many refused keys an isolate remembers. */
const BLOCKED_KEYS = 10_000

/** Hashing objects near each data centre: logins that coincide seldom wait for each other. */
const HASHERS_PER_LOCATION = 8

/**
 * How much later than a session's end its last access token may be signed: by another isolate, whose renewal the store has just done, and
 * whose clock goes on meanwhile.
 */
const SIGNING_SECONDS = 60

/** A hash takes some tenths of a second; this bounds the wait for one's turn in a burst. */
const HASHER_DEADLINE_SECONDS = 10

/** What an isolate keeps between requests: plain data, keys, and what holds no I/O. Whatever does is built for each request. */
interface Kept {
  settings: Settings
  keys: KeyRing
  secrets: Secrets
  accessTokens: AccessTokenVerifier
  revoked: RevocationList
  blocked: Map<string, number>
}

let kept: Kept | undefined
// Apart from the rest and from each other: middleware names only the one, and its bundle has no other.
let sessionsInRedis: SessionConnections | undefined
let allInRedis: Connections | undefined
let mailSettings: MailSettings | undefined

async function keep(platform: Platform): Promise<Kept> {
  if (kept) return kept
  const settings = parseSettings(platform.environment)
  const keys = await importKeyRing(settings.keys).catch(() => {
    throw new SettingsError('AUTH_KEYS holds a key whose x, y and d do not belong together: run `npm run keys`')
  })
  const secrets = await deriveSecrets(settings.secrets)
  kept = {
    settings,
    keys,
    secrets,
    accessTokens: accessTokenVerifier(keys),
    revoked: new RevocationList(),
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
 * Services for reading and renewing sessions: all that middleware carries.
 *
 * @param origin of the request: the issuer, where none is configured
 * @throws {SettingsError}
 */
export async function openSessionServices(platform: Platform, origin: string): Promise<Opened<SessionServices>> {
  const kept = await keep(platform)
  return open(kept, platform, sessionServices(kept, platform, await connectSessions(kept, platform), origin))
}

/**
 * All services. Store and limits share one client, so that what they ask at the same time travels together.
 *
 * @returns with `mail`, what a mailer takes: only routes have one, and pages do without its templates
 */
export async function openServices(
  platform: Platform,
  origin: string,
): Promise<Opened<Services> & { mail: Mail | null }> {
  const kept = await keep(platform)
  const { settings, secrets } = kept
  mailSettings ??= parseMailSettings(platform.environment, settings.issuer, platform.isDevelopment)
  const { signupPolicy, mail } = mailSettings
  const connections = await connect(kept, platform)
  const { store, limits } = connections
  const services: Services = {
    ...sessionServices(kept, platform, connections, origin),
    store,
    later: (work) => later(platform, work),
    publicKeySet: publicKeySet(settings.keys),
    passwords: {
      hasher: chooseHasher(settings, platform),
      secrets,
      iterations: settings.passwordIterations,
      randomBytes,
    },
    limits,
    limitPolicy: settings.limitPolicy,
    signupPolicy,
    canMail: mail !== null,
    randomBytes,
  }
  return { ...open(kept, platform, services), mail }
}

function open<S>({ settings }: Kept, { proxy }: Platform, services: S): Opened<S> {
  return { services, proxy: settings.trustedProxy ?? proxy }
}

interface SessionConnections {
  store: SessionStore
  revocations: Revocations | null
}

interface Connections extends SessionConnections {
  store: Store
  limits: Limits
}

async function connectSessions({ settings }: Kept, platform: Platform): Promise<SessionConnections> {
  if (!settings.redis) {
    return { store: durableSessionStore(boundStore(platform)), revocations: boundRevocations(platform) }
  }
  sessionsInRedis ??= await openSessionsInRedis(settings.redis)
  return sessionsInRedis
}

async function openSessionsInRedis(settings: RedisSettings): Promise<SessionConnections> {
  const scripts = await nameSessionScripts()
  const redis = connectRedis(settings)
  return {
    store: redisSessionStore(redis, KEY_PREFIX, scripts),
    revocations: redisRevocations(redis, KEY_PREFIX),
  }
}

async function connect({ settings, blocked }: Kept, platform: Platform): Promise<Connections> {
  if (!settings.redis) {
    const bindings = boundStore(platform)
    return {
      store: durableStore(bindings),
      limits: durableLimits(bindings, blocked),
      revocations: boundRevocations(platform),
    }
  }
  allInRedis ??= await openAllInRedis(settings.redis, blocked)
  return allInRedis
}

async function openAllInRedis(settings: RedisSettings, blocked: Map<string, number>): Promise<Connections> {
  const scripts = await nameScripts()
  const redis = connectRedis(settings)
  return {
    store: redisStore(redis, KEY_PREFIX, scripts),
    limits: redisLimits(redis, KEY_PREFIX, blocked),
    revocations: redisRevocations(redis, KEY_PREFIX),
  }
}

function sessionServices(
  { settings, keys, secrets, accessTokens, revoked }: Kept,
  platform: Platform,
  { store, revocations }: SessionConnections,
  origin: string,
): SessionServices {
  const clock = () => Math.floor(Date.now() / 1_000)
  return {
    clock,
    exactClock: () => Date.now() / 1_000,
    issuer: settings.issuer ?? origin,
    keys,
    secrets,
    accessTokens,
    store,
    sessionPolicy: settings.sessionPolicy,
    rolePolicy: settings.rolePolicy,
    revoked: {
      has(sessionId) {
        // Beside the request, which goes by what is known.
        if (revocations && revoked.isDue(clock())) later(platform, () => revoked.read(revocations, clock()))
        return revoked.has(sessionId)
      },
    },
    announceEnd(sessionIds, ending) {
      const unlisted = sessionIds.filter((id) => !revoked.isListed(id))
      if (unlisted.length === 0) return
      const until = clock() + settings.sessionPolicy.accessTtl + SIGNING_SECONDS
      later(platform, async () => {
        if (!settings.redis) await ending // elsewhere, the list could hear of an end that never came
        const posted = revocations?.post(unlisted, until).then(() => revoked.noteListed(unlisted, until))
        await Promise.all([posted, Promise.resolve(ending).then(() => revoked.add(unlisted, until))])
      })
    },
    record: (event) => console.log(formatEvent(event, new Date())),
  }
}

/** Nobody waits for `work`: what fails there can only be told to the log. */
function later({ waitUntil }: Platform, work: () => Promise<void>): void {
  waitUntil(
    work().catch((error) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      const reason = cause instanceof Error ? cause.message : String(cause)
      console.error(JSON.stringify({ time: new Date().toISOString(), event: 'later.failed', reason }))
    }),
  )
}

/** Without the binding, who has ended a session elsewhere is still let in for what is left of an access lifetime. */
function boundRevocations({ bindings: { REVOKED } }: Platform): Revocations | null {
  return REVOKED ? kvRevocations(REVOKED) : null
}

/** @throws {SettingsError} naming each binding that is missing */
function boundStore({ bindings }: Platform): StoreBindings {
  const { STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS, STORE_LINKS } = bindings
  if (STORE && STORE_ADDRESSES && STORE_DIRECTORY && STORE_LIMITS && STORE_LINKS) {
    return { STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS, STORE_LINKS }
  }
  throw new SettingsError(
    'There is no store: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or bind the Durable Objects STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS and STORE_LINKS',
  )
}

/**
 * Where mails go that nobody is to get; null where there is nowhere to keep them.
 *
 * @throws {SettingsError}
 */
export function openMailbox({ environment, bindings: { STORE_MAILBOX } }: Platform): Mailbox | null {
  const { redis } = kept?.settings ?? parseSettings(environment)
  if (redis) return redisMailbox(connectRedis(redis), KEY_PREFIX)
  return STORE_MAILBOX ? durableMailbox({ STORE_MAILBOX }) : null
}

/** @throws {SettingsError} */
function chooseHasher({ hasher }: Settings, { bindings, location }: Platform): Hasher {
  const { HASHER } = bindings
  if (hasher === 'inline' || !HASHER) {
    if (hasher === 'durable')
      throw new SettingsError('AUTH_HASHER is durable, but the Durable Object HASHER is not bound')
    return { derive: deriveChained }
  }
  return {
    derive(password, salt, iterations) {
      const [pick = 0] = randomBytes(1)
      const object = HASHER.getByName(`${location}:${pick % HASHERS_PER_LOCATION}`)
      return withDeadline(() => object.derive(password, salt, iterations), HASHER_DEADLINE_SECONDS)
    },
  }
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length))
}
