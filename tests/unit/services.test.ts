import { env } from 'cloudflare:workers'
import { encode } from 'jose/base64url'
import { describe, expect, inject, it, vi } from 'vitest'
import { login } from '../../lib/auth/login.ts'
import { signup } from '../../lib/auth/signup.ts'
import type { Environment } from '../../lib/env.ts'
import type { Bindings } from '../../lib/services.ts'
import { aPrivateJwk, aSecret } from '../support/keys.ts'
import { aSignupForm, aVisitor } from '../support/world.ts'

const ORIGIN = 'https://auth.example.com'
const { STORE, STORE_ADDRESSES, STORE_LIMITS, HASHER } = env
const OBJECTS: Bindings = { STORE, STORE_ADDRESSES, STORE_LIMITS }

const jwk = await aPrivateJwk()
const NEEDED = { AUTH_KEYS: JSON.stringify([jwk]), AUTH_SECRET: encode(aSecret()), AUTH_PASSWORD_ITERATIONS: '100000' }

/** The composition root as a fresh isolate has it, on a host with these settings and bindings. */
async function anIsolate(given: Environment = {}, bindings: Bindings = OBJECTS) {
  vi.resetModules()
  const { openServices, openSessionServices } = await import('../../lib/services.ts')
  const platform = { environment: { ...NEEDED, ...given }, bindings, proxy: 'cloudflare', location: 'TST' } as const
  return {
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
    const { services } = await (await anIsolate(variables, bindings)).open()
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

describe('what cannot be built is named', () => {
  const failure = async (given: Environment, bindings?: Bindings) => {
    const { open } = await anIsolate(given, bindings)
    return open().catch((error: unknown) => error)
  }

  it.each([
    ['no store', {}, {}, /UPSTASH_REDIS_REST_URL.*STORE, STORE_ADDRESSES and STORE_LIMITS/],
    ['half the objects', {}, { STORE, STORE_ADDRESSES }, /STORE_LIMITS/],
    [
      'a hashing object that is not there',
      { AUTH_HASHER: 'durable' },
      OBJECTS,
      /AUTH_HASHER is durable.*HASHER is not bound/,
    ],
    ['no keys', { AUTH_KEYS: '' }, OBJECTS, /AUTH_KEYS is missing/],
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
