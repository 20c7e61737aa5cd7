/** The world of `lib/auth` for tests: a real store, and what happens in it can be watched. */
import { env } from 'cloudflare:workers'
import { inject } from 'vitest'
import { accessTokenVerifier } from '../../lib/auth/access-token.ts'
import { activityOf } from '../../lib/auth/activity.ts'
import { authenticateFresh, type FreshUser } from '../../lib/auth/authenticate.ts'
import type { SecurityEvent } from '../../lib/auth/events.ts'
import { MailUnavailable, type Message } from '../../lib/auth/mail.ts'
import type { SignedIn } from '../../lib/auth/open-session.ts'
import { deriveChained } from '../../lib/auth/pbkdf2.ts'
import { RevocationList } from '../../lib/auth/revocation-list.ts'
import { ADMIN, FIRST_ROLES, type RolePolicy } from '../../lib/auth/roles.ts'
import type { LimitPolicy, MailingServices, SessionPolicy, SignupPolicy, Visitor } from '../../lib/auth/services.ts'
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
  services: MailingServices
  /** What was recorded. */
  events: SecurityEvent[]
  /** Iterations that the hasher was asked for, call by call. */
  hashes: number[]
  /** Ids of the sessions that were announced as ended. */
  ended: string[]
  /** What was mailed. */
  mails: SentMail[]
  /** From now on the provider takes no mail, until `true`. */
  deliver(works: boolean): void
  /** Operations on store and limits since the last call of this function, by the round trip in which they travelled. */
  takeTrips(): string[][]
  /** Waits for what went on after the answers, and names the operations that it began with. */
  settled(): Promise<string[]>
  /** Lets time pass. */
  wait(seconds: number): void
  /** From now on the store is out of reach, until `true`. */
  reach(reachable: boolean): void
}

export interface SentMail {
  to: string
  message: Message
  patience: 'short' | 'long'
}

export const ISSUER = 'https://auth.example.com'

/** Cheap, so that tests are quick; a real hash all the same. */
export const ITERATIONS = 10

/** In nobody's way. */
const WIDE = { limit: 1_000, window: 60 }
const WIDE_LIMITS: LimitPolicy = {
  loginIp: WIDE,
  loginAccount: WIDE,
  signupIp: WIDE,
  forgotIp: WIDE,
  forgotAccount: WIDE,
}

const privateJwk = await aPrivateJwk()
const keys = await importKeyRing([privateJwk])
const secrets = await someSecrets()
const scripts = await nameScripts()

export function aWorld({
  backend = 'durable',
  limitPolicy = {},
  sessionPolicy = {},
  rolePolicy = {},
  signupPolicy = 'open',
  canMail = false,
}: {
  backend?: 'durable' | 'redis'
  limitPolicy?: Partial<LimitPolicy>
  sessionPolicy?: Partial<SessionPolicy>
  rolePolicy?: Partial<RolePolicy>
  signupPolicy?: SignupPolicy
  canMail?: boolean
} = {}): World {
  const events: SecurityEvent[] = []
  const hashes: number[] = []
  const ended: string[] = []
  const mails: SentMail[] = []
  let delivers = true
  const unfinished: Promise<void>[] = []
  const revoked = new RevocationList()
  const line = aLine()
  const { store, limits } = backend === 'durable' ? openDurable() : openRedis()
  let now = NOW
  const sessions: SessionPolicy = {
    accessTtl: 600,
    sessionTtl: 86_400,
    rememberedSessionTtl: 30 * 86_400,
    sessionIdle: 14 * 86_400,
    refreshGrace: 30,
    refreshLimit: WIDE,
    ...sessionPolicy,
  }
  const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const services: MailingServices = {
    clock: () => Math.floor(now),
    exactClock: () => now,
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
      links: line.watch('links', store.links),
    },
    sessionPolicy: sessions,
    rolePolicy: { roles: [...FIRST_ROLES, ADMIN], adminIds: new Set(), adminAddresses: new Set(), ...rolePolicy },
    revoked,
    announceEnd(sessionIds, ending) {
      const announce = () => {
        ended.push(...sessionIds)
        revoked.add(sessionIds, now + sessions.accessTtl)
      }
      if (ending) unfinished.push(ending.then(announce, () => {}))
      else announce()
    },
    later(work) {
      const done = line.beside(work)
      done.catch(() => {}) // whoever asks `settled` hears of it
      unfinished.push(done)
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
    limitPolicy: { ...WIDE_LIMITS, ...limitPolicy },
    signupPolicy,
    canMail,
    mailer: {
      async send(to, message, patience) {
        if (!delivers) throw new MailUnavailable('The provider is down')
        mails.push({ to, message, patience })
      },
    },
    record: (event) => events.push(event),
    randomBytes,
  }
  return {
    services,
    events,
    hashes,
    ended,
    mails,
    deliver(works) {
      delivers = works
    },
    takeTrips: line.takeTrips,
    async settled() {
      await Promise.all(unfinished)
      return line.takeBeside()
    },
    reach: line.reach,
    wait(seconds) {
      now += seconds
    },
  }
}

/** Somebody from an address of their own, so that nobody shares a limit. */
export function aVisitor(): Visitor {
  const [a, b, c] = crypto.getRandomValues(new Uint8Array(3))
  return { ip: `10.${a}.${b}.${c}`, userAgent: 'Mozilla/5.0', device: null }
}

/** Of an address that no search for a word finds by chance. */
export function aSignupForm(given: Partial<SignupForm> = {}): SignupForm {
  return {
    email: `someone.${anId()}@example.com`,
    password: 'correct horse battery',
    name: null,
    remember: false,
    ...given,
  }
}

/** Somebody with an account, signed in to it. */
export async function aSignedInUser({ services }: World, given: Partial<SignupForm> = {}): Promise<SignedIn> {
  const signedUp = await signup(services, aVisitor(), aSignupForm(given))
  if (!signedUp.ok) throw new Error(signedUp.error.code)
  return signedUp.value
}

/** Somebody signed in, as the store knows them now: what routes have asked for before they change anything. */
export async function aFreshUser(
  world: World,
  given: Partial<SignupForm> = {},
): Promise<SignedIn & { fresh: FreshUser }> {
  const signedIn = await aSignedInUser(world, given)
  return { ...signedIn, fresh: await freshUser(world, signedIn) }
}

/** Who shows this access token, as the store knows them now. */
export async function freshUser(
  { services }: World,
  { accessToken }: Pick<SignedIn, 'accessToken'>,
): Promise<FreshUser> {
  const fresh = await authenticateFresh(services, { bearer: accessToken, accessCookie: null })
  if (!fresh) throw new Error('not signed in')
  return fresh
}

/** The same services in an isolate that has not heard of any session's end. */
export function elsewhere({ services }: World): MailingServices {
  return { ...services, revoked: new RevocationList() }
}

/** The token of the link in the latest mail of that kind to `to`. */
export function mailedToken({ mails }: World, kind: Message['kind'], to: string): string {
  const mail = mails.findLast(({ message, to: addressee }) => message.kind === kind && addressee === to)
  const token = mail && 'url' in mail.message && new URL(mail.message.url).searchParams.get('token')
  if (!token) throw new Error(`no mail of the kind ${kind} to ${to}`)
  return token
}

/** Changes what a user may do, by the word of one whom the settings made an admin. */
export async function setAccessOf(
  { services: { store, clock } }: World,
  userId: string,
  access: { roles?: string[]; disabled?: boolean },
): Promise<void> {
  const activity = activityOf('roles.changed', aVisitor(), clock())
  const by = { userId, isNamed: true }
  const { outcome } = await store.accounts.setAccess({ userId, by, now: clock(), activity, ...access })
  if (outcome !== 'changed') throw new Error(outcome)
}

export function disableUser(world: World, userId: string): Promise<void> {
  return setAccessOf(world, userId, { disabled: true })
}

/** Changes the password, as its owner does elsewhere: to another hash, or to the same under the next version. */
export async function replaceCredential(
  { services: { store, clock } }: World,
  userId: string,
  passwordHash?: string,
): Promise<void> {
  const credential = await store.accounts.credentialById(userId)
  if (!credential) throw new Error('no account')
  const activity = activityOf('password.changed', aVisitor(), clock())
  await store.accounts.setPassword({
    userId,
    from: credential.version,
    passwordHash: passwordHash ?? credential.passwordHash,
    keep: null,
    proven: null,
    now: clock(),
    activity,
  })
}

/** The same services with a hasher while which something else happens, each time it has worked. */
export function afterHashing(services: MailingServices, happen: () => Promise<void>): MailingServices {
  const { passwords } = services
  return {
    ...services,
    passwords: {
      ...passwords,
      hasher: {
        async derive(...args) {
          const hash = await passwords.hasher.derive(...args)
          await happen()
          return hash
        },
      },
    },
  }
}

/** The same services for two requests at once: neither goes on from its first hash before the other has come as far. */
export function meeting(services: MailingServices): MailingServices {
  let arrived = 0
  let release = () => {}
  const both = new Promise<void>((resolve) => {
    release = resolve
  })
  return afterHashing(services, () => {
    arrived += 1
    if (arrived === 2) release()
    return both
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
  let isBeside = false
  let besides: string[] = []

  /** The same operations; one that starts before another has come back shares that one's trip. */
  function watch<T extends object>(name: string, operations: T): T {
    return new Proxy(operations, {
      get(target, property) {
        const operation: unknown = Reflect.get(target, property)
        if (typeof operation !== 'function') return operation
        return async (...args: unknown[]) => {
          const call = `${name}.${String(property)}`
          const trip = isBeside ? Number.NEGATIVE_INFINITY : returned
          if (isBeside) besides.push(call)
          else trips[trip] = [...(trips[trip] ?? []), call]
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
    /** Starts `work`, which nobody's answer waits for: what it begins with is in no trip of theirs. */
    beside(work: () => Promise<void>): Promise<void> {
      isBeside = true
      const done = work()
      isBeside = false
      return done
    },
    takeBeside() {
      const taken = besides
      besides = []
      return taken
    },
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
