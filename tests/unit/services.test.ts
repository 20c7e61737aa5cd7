import { env } from 'cloudflare:workers'
import { encode } from 'jose/base64url'
import { afterEach, describe, expect, inject, it, vi } from 'vitest'
import { login } from '../../lib/auth/login.ts'
import { signup } from '../../lib/auth/signup.ts'
import type { Environment } from '../../lib/env.ts'
import type { Bindings, Platform } from '../../lib/services.ts'
import { kvRevocations } from '../../lib/store/durable/kv-revocations.ts'
import { readAll } from '../store/revocations.suite.ts'
import { aMail, anId } from '../support/builders.ts'
import { aPrivateJwk, aSecret } from '../support/keys.ts'
import { aSignupForm, aVisitor } from '../support/world.ts'

const ORIGIN = 'https://auth.example.com'
const { STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS, STORE_LINKS, HASHER, REVOKED } = env
const OBJECTS: Bindings = { STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS, STORE_LINKS }

const jwk = await aPrivateJwk()
const NEEDED = { AUTH_KEYS: JSON.stringify([jwk]), AUTH_SECRET: encode(aSecret()), AUTH_PASSWORD_ITERATIONS: '100000' }

/** The composition root as a fresh isolate has it, on a host with these settings and bindings. */
async function anIsolate(given: Environment = {}, bindings: Bindings = OBJECTS, isDevelopment = false) {
  vi.resetModules()
  const { openMailbox, openServices, openSessionServices } = await import('../../lib/services.ts')
  let unfinished: Promise<unknown>[] = []
  const platform: Platform = {
    environment: { ...NEEDED, ...given },
    isDevelopment,
    bindings,
    proxy: 'cloudflare',
    location: 'TST',
    waitUntil: (promise) => unfinished.push(promise),
  }
  return {
    /** Waits for what goes on after the answers, and tells how much that was. */
    async settled() {
      const settled = unfinished
      unfinished = []
      return (await Promise.all(settled)).length
    },
    openMailbox: () => openMailbox(platform),
    open: (origin = ORIGIN) => openServices(platform, origin),
    openForSession: (origin = ORIGIN) => openSessionServices(platform, origin),
  }
}

function redisVariables(): Environment {
  const { url, token } = inject('redis')
  return { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }
}

describe('the composition root', () => {
  it.each([
    ['Durable Objects', 'durable-objects', {}, OBJECTS],
    ['Durable Objects, hashing there', 'durable-objects', {}, { ...OBJECTS, HASHER }],
    ['Redis', 'redis', redisVariables(), {}],
    ['Redis, though objects are bound', 'redis', redisVariables(), OBJECTS],
  ] as const)('builds a world that works: %s', async (_, kind, variables, bindings) => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    const opened = await (await anIsolate(variables, bindings)).open()
    const services = { ...opened.services, mailer: { send: () => Promise.reject(new Error('There is no mail')) } }
    expect(services.store.kind).toBe(kind)
    const form = aSignupForm()
    expect((await signup(services, aVisitor(), form)).ok).toBe(true)
    expect((await login(services, aVisitor(), form)).ok).toBe(true)
  })

  it('issues for the origin of the request, unless an issuer is set', async () => {
    const { open, openForSession } = await anIsolate()
    expect((await open()).services.issuer).toBe(ORIGIN)
    expect((await openForSession('http://localhost:3000')).services.issuer).toBe('http://localhost:3000')
    const configured = await anIsolate({ AUTH_ISSUER: 'https://issuer.example.com' })
    expect((await configured.open()).services.issuer).toBe('https://issuer.example.com')
  })

  it('takes the host’s word for the address of a client, unless another is set', async () => {
    expect((await (await anIsolate()).open()).proxy).toBe('cloudflare')
    const { open, openForSession } = await anIsolate({ AUTH_TRUSTED_PROXY: 'none' })
    expect([(await open()).proxy, (await openForSession()).proxy]).toEqual(['none', 'none'])
  })

  it('can mail where a provider is set, and in development', async () => {
    const { services, mail } = await (await anIsolate()).open()
    expect([services.canMail, services.signupPolicy, mail]).toEqual([false, 'open', null])
    const given = { RESEND_API_KEY: 're_key', AUTH_SIGNUP: 'verify-first', AUTH_ISSUER: 'https://issuer.example.com' }
    const configured = await (await anIsolate(given)).open()
    expect([configured.services.canMail, configured.services.signupPolicy]).toEqual([true, 'verify-first'])
    expect(configured.mail).toMatchObject({ provider: 'resend', issuer: 'https://issuer.example.com' })
    const local = await (await anIsolate({}, OBJECTS, true)).open()
    expect([local.services.canMail, local.mail?.provider]).toEqual([true, 'mailbox'])
  })

  it('opens sessions whatever the settings of mail: middleware does without', async () => {
    const { openForSession } = await anIsolate({ AUTH_MAIL: 'nobody' })
    expect((await openForSession()).services.issuer).toBe(ORIGIN)
  })

  it('hashes in an object where one is bound, unless told otherwise', async () => {
    const derive = vi.fn(async () => new Uint8Array(32))
    const hasher = { getByName: vi.fn(() => ({ derive })) }
    const bindings = { ...OBJECTS, HASHER: hasher }
    const hashed = async (variables: Environment) => {
      derive.mockClear()
      const { services } = await (await anIsolate(variables, bindings)).open()
      await services.passwords.hasher.derive(new Uint8Array(32), new Uint8Array(16), 1)
      return derive.mock.calls.length
    }
    expect(await hashed({})).toBe(1)
    expect(hasher.getByName).toHaveBeenLastCalledWith(expect.stringMatching(/^TST:[0-7]$/))
    expect(await hashed({ AUTH_HASHER: 'durable' })).toBe(1)
    expect(await hashed({ AUTH_HASHER: 'inline' })).toBe(0)
  })

  it.each([
    ['keeps a store in Redis between requests, in middleware as in routes', redisVariables(), true],
    ['builds one of Durable Objects for each request, whose bindings they are', {}, false],
  ])('%s', async (_, variables, isKept) => {
    const { open, openForSession } = await anIsolate(variables)
    for (const openOne of [open, openForSession]) {
      const [first, second] = [await openOne(), await openOne()]
      expect(first.services.store === second.services.store).toBe(isKept)
    }
  })

  it('keeps keys between requests, and imports them once', async () => {
    const importKey = vi.spyOn(crypto.subtle, 'importKey')
    const { open, openForSession } = await anIsolate()
    const { services: first } = await open()
    const imported = importKey.mock.calls.length
    expect(imported).toBeGreaterThan(0)
    const { services: second } = await openForSession()
    expect(second.accessTokens).toBe(first.accessTokens)
    expect(importKey).toHaveBeenCalledTimes(imported)
  })
})

/** Far enough ahead for any list to keep it. */
function inAnHour(): number {
  return Math.floor(Date.now() / 1_000) + 3_600
}

/** What is written to the log of errors, silently. */
function theLog(): { event: string; reason: string }[] {
  const lines: { event: string; reason: string }[] = []
  vi.spyOn(console, 'error').mockImplementation((line) => lines.push(JSON.parse(line)))
  return lines
}

describe('the list of sessions that have ended', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['in Workers KV', {}, { ...OBJECTS, REVOKED }],
    ['in Redis', redisVariables(), {}],
  ] as const)('%s tells every isolate of an end that one of them knows', async (_, variables, bindings) => {
    const [here, elsewhere, middleware] = [
      await anIsolate(variables, bindings),
      await anIsolate(variables, bindings),
      await anIsolate(variables, bindings),
    ]
    const [ended, running] = [anId(), anId()]
    const { services } = await here.open()
    await here.settled()
    services.announceEnd([ended])
    await here.settled()
    expect([services.revoked.has(ended), services.revoked.has(running)]).toEqual([true, false])

    for (const { open, settled } of [elsewhere, { ...middleware, open: middleware.openForSession }]) {
      const { revoked } = (await open()).services
      revoked.has(ended) // the first that asks has the list read
      await settled()
      expect([revoked.has(ended), revoked.has(running)]).toEqual([true, false])
    }
  })

  it('is read beside the requests that ask for it, at most every 15 seconds', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { open, openForSession, settled } = await anIsolate({}, { ...OBJECTS, REVOKED })
    const [first, second] = [anId(), anId()]
    const revocations = kvRevocations(REVOKED)
    await revocations.post([first], inAnHour())
    const { revoked } = (await open()).services
    expect(await settled()).toBe(0)
    expect(revoked.has(first)).toBe(false)
    expect(await settled()).toBe(1)
    expect(revoked.has(first)).toBe(true)

    await revocations.post([second], inAnHour())
    vi.setSystemTime(Math.floor(Date.now() / 1_000) * 1_000 + 14_000)
    const ask = async () => {
      for (const { services } of await Promise.all([open(), openForSession()])) services.revoked.has(first)
      return settled()
    }
    expect(await ask()).toBe(0)
    vi.setSystemTime(Date.now() + 1_000)
    expect(await ask()).toBe(1)
    expect([revoked.has(first), revoked.has(second)]).toEqual([true, true])
  })

  it('fails no request when it can be neither read nor written: the log hears of it', async () => {
    const log = theLog()
    const down = () => Promise.reject(new Error('KV is down'))
    const { open, settled } = await anIsolate({}, { ...OBJECTS, REVOKED: { list: down, put: down } })
    const { services } = await open()
    expect(services.revoked.has(anId())).toBe(false)
    const ended = anId()
    services.announceEnd([ended])
    await settled()
    const line = { event: 'later.failed', reason: 'KV is down' }
    expect(log).toMatchObject([line, line])
    expect(services.revoked.has(ended)).toBe(true) // of this isolate's own doing it knows all the same
  })

  it('is known in the one isolate where there is none', async () => {
    const { open, settled } = await anIsolate()
    const { services } = await open()
    expect(await settled()).toBe(0)
    const ended = anId()
    services.announceEnd([ended])
    await settled()
    expect(services.revoked.has(ended)).toBe(true)
  })

  it('in Workers KV hears of an end only once that has come', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { open, settled } = await anIsolate({}, { ...OBJECTS, REVOKED })
    const { services } = await open()
    const [came, failed] = [anId(), anId()]
    services.announceEnd([came], Promise.resolve())
    services.announceEnd([failed], Promise.reject(new Error('The store is out of reach')))
    await settled()
    const listed = await readAll(kvRevocations(REVOKED), Math.floor(Date.now() / 1_000))
    expect([listed.has(came), listed.has(failed)]).toEqual([true, false])
    expect([services.revoked.has(came), services.revoked.has(failed)]).toEqual([true, false])
  })

  it('in Redis hears of an end in the request that brings it about', async () => {
    const { open, settled } = await anIsolate(redisVariables(), {})
    const { services } = await open()
    const logOut = () => {
      const ending = services.store.sessions.revoke(anId(), anId(), 1)
      services.announceEnd([anId()], ending)
      return Promise.all([ending, settled()])
    }
    await logOut() // Redis learns the script
    const fetch = vi.spyOn(globalThis, 'fetch')
    await logOut()
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('is written once for a session, however often its end is announced', async () => {
    const put = vi.fn(async () => {})
    const { open, settled } = await anIsolate({}, { ...OBJECTS, REVOKED: { list: async () => ({ keys: [] }), put } })
    const { services } = await open()
    const [first, second] = [anId(), anId()]
    services.announceEnd([first])
    await settled()
    services.announceEnd([first, second])
    services.announceEnd([first])
    await settled()
    expect(put).toHaveBeenCalledTimes(2)
  })

  it('is written again for a session whose end could not be written', async () => {
    theLog()
    const put = vi.fn(async () => {}).mockRejectedValueOnce(new Error('KV is down'))
    const { open, settled } = await anIsolate({}, { ...OBJECTS, REVOKED: { list: async () => ({ keys: [] }), put } })
    const { services } = await open()
    const ended = anId()
    for (let i = 0; i < 3; i++) {
      services.announceEnd([ended])
      await settled()
    }
    expect(put).toHaveBeenCalledTimes(2)
  })

  it('is not written for nobody', async () => {
    const { open, settled } = await anIsolate()
    const { services } = await open()
    services.announceEnd([])
    expect(await settled()).toBe(0)
  })

  it('names a session until its last access token has run out, and a minute more for one that was just being signed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const now = Math.floor(Date.now() / 1_000)
    const { open, settled } = await anIsolate({ AUTH_ACCESS_TTL: '30m' }, { ...OBJECTS, REVOKED })
    const { services } = await open()
    const ended = anId()
    services.announceEnd([ended])
    await settled()
    expect((await readAll(kvRevocations(REVOKED), now)).get(ended)).toBe(now + 1_800 + 60)
  })
})

it('tells the time in whole seconds, and with its fraction', async () => {
  const { services } = await (await anIsolate()).open()
  vi.spyOn(Date, 'now').mockReturnValue(1_234_567)
  expect([services.clock(), services.exactClock()]).toEqual([1_234, 1_234.567])
})

describe('the mailbox', () => {
  it.each([
    ['in Redis', redisVariables(), {}],
    ['in the Durable Object that is bound in development', {}, { ...OBJECTS, STORE_MAILBOX: env.STORE_MAILBOX }],
  ])('is %s', async (_, variables, bindings) => {
    const { openMailbox } = await anIsolate(variables, bindings)
    const mail = aMail()
    await openMailbox()?.put(mail)
    expect(await openMailbox()?.list()).toContainEqual(mail)
  })

  it('is nowhere without that object', async () => {
    expect((await anIsolate()).openMailbox()).toBeNull()
  })
})

describe('what goes on after the answer', () => {
  it('begins at once, is handed to the host, and what fails there is told to the log', async () => {
    const log = theLog()
    const { open, settled } = await anIsolate()
    const { services } = await open()
    const begun = vi.fn()
    services.later(async () => {
      begun()
      throw new Error('too late')
    })
    expect(begun).toHaveBeenCalledTimes(1)
    expect(await settled()).toBe(1)
    expect(log).toMatchObject([{ event: 'later.failed', reason: 'too late' }])
  })
})

describe('what cannot be built is named', () => {
  const failure = async (given: Environment, bindings?: Bindings) => {
    const { open } = await anIsolate(given, bindings)
    return open().catch((error: unknown) => error)
  }

  it.each([
    [
      'no store',
      {},
      {},
      /UPSTASH_REDIS_REST_URL.*STORE, STORE_ADDRESSES, STORE_DIRECTORY, STORE_LIMITS and STORE_LINKS/,
    ],
    ['half the objects', {}, { STORE, STORE_ADDRESSES }, /STORE_LIMITS/],
    ['no objects for links', {}, { ...OBJECTS, STORE_LINKS: undefined }, /STORE_LINKS/],
    ['all objects but one', {}, { ...OBJECTS, STORE_DIRECTORY: undefined }, /STORE_DIRECTORY/],
    [
      'a hashing object that is not there',
      { AUTH_HASHER: 'durable' },
      OBJECTS,
      /AUTH_HASHER is durable.*HASHER is not bound/,
    ],
    ['no keys', { AUTH_KEYS: '' }, OBJECTS, /AUTH_KEYS is missing/],
    ['a provider of mail without its key', { AUTH_MAIL: 'resend' }, OBJECTS, /RESEND_API_KEY is missing/],
    ['a mailbox outside of development', { AUTH_MAIL: 'mailbox' }, OBJECTS, /AUTH_MAIL must be resend or postmark/],
  ])('%s', async (_, given, bindings, message) => {
    expect(await failure(given, bindings)).toMatchObject({
      name: 'SettingsError',
      message: expect.stringMatching(message),
    })
  })

  it('a key whose halves do not belong together', async () => {
    const mixed = { ...jwk, d: (await aPrivateJwk()).d }
    const error = await failure({ AUTH_KEYS: JSON.stringify([mixed]) })
    expect(error).toMatchObject({ name: 'SettingsError', message: expect.stringMatching(/^AUTH_KEYS .*npm run keys/) })
    expect(String(error)).not.toContain(mixed.d)
  })
})
