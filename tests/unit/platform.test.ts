import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseSettings, SettingsError } from '../../lib/env.ts'
import { parseMailSettings } from '../../lib/mail/mail-settings.ts'
import { currentPlatform } from '../../lib/platform.ts'

const CLOUDFLARE = Symbol.for('__cloudflare-request-context__')
const VERCEL = Symbol.for('@vercel/request-context')

afterEach(() => {
  vi.unstubAllEnvs()
  for (const host of [CLOUDFLARE, VERCEL]) Reflect.deleteProperty(globalThis, host)
})

/** Every variable that settings are read from. */
function namesOfSettings(): string[] {
  const asked = new Set<string>()
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get(_, name) {
        asked.add(String(name))
        return undefined
      },
    },
  )
  expect(() => parseSettings(environment)).toThrow(SettingsError)
  parseMailSettings(environment, null, false)
  return [...asked]
}

it('hands on every setting that there is', () => {
  const names = namesOfSettings()
  expect(names.length).toBeGreaterThan(15)
  for (const name of names) vi.stubEnv(name, `value of ${name}`)
  expect(currentPlatform().environment).toEqual(Object.fromEntries(names.map((name) => [name, `value of ${name}`])))
})

it('takes settings from the bindings of this request on Cloudflare, but in development', () => {
  vi.stubEnv('AUTH_ISSUER', 'of the process')
  const env = { AUTH_ISSUER: 'of the request' }
  Reflect.set(globalThis, CLOUDFLARE, { env })
  expect(currentPlatform().environment).toBe(env)
  vi.stubEnv('NODE_ENV', 'development')
  expect(currentPlatform().environment).toMatchObject({ AUTH_ISSUER: 'of the process' })
})

it('tells development from production', () => {
  vi.stubEnv('NODE_ENV', 'development')
  expect(currentPlatform().isDevelopment).toBe(true)
  for (const other of ['production', 'test', '']) {
    vi.stubEnv('NODE_ENV', other)
    expect(currentPlatform().isDevelopment).toBe(false)
  }
})

describe('the host', () => {
  it('is Cloudflare where its context is, with the bindings of this request', () => {
    const env = { STORE: {} }
    Reflect.set(globalThis, CLOUDFLARE, { env, cf: { colo: 'LIS' } })
    expect(currentPlatform()).toMatchObject({ proxy: 'cloudflare', location: 'LIS' })
    expect(currentPlatform().bindings).toBe(env)
    Reflect.set(globalThis, CLOUDFLARE, { env: {} })
    expect(currentPlatform()).toMatchObject({ proxy: 'cloudflare', location: '', bindings: {} })
  })

  it('is Vercel where it says so', () => {
    vi.stubEnv('VERCEL', '1')
    expect(currentPlatform()).toMatchObject({ proxy: 'vercel', location: '', bindings: {} })
  })

  it('is nobody whose word is to be taken anywhere else', () => {
    expect(currentPlatform()).toMatchObject({ proxy: 'none', location: '', bindings: {} })
  })
})

describe('what goes on after the answer', () => {
  it('is kept going by Cloudflare, for the request that began it', () => {
    const [waitUntil, ofAnother] = [vi.fn(), vi.fn()]
    Reflect.set(globalThis, CLOUDFLARE, { env: {}, ctx: { waitUntil } })
    const platform = currentPlatform()
    Reflect.set(globalThis, CLOUDFLARE, { env: {}, ctx: { waitUntil: ofAnother } })
    const work = Promise.resolve()
    platform.waitUntil(work)
    expect(waitUntil.mock.calls).toEqual([[work]])
    expect(ofAnother).not.toHaveBeenCalled()
  })

  it('is kept going by Vercel', () => {
    const waitUntil = vi.fn()
    Reflect.set(globalThis, VERCEL, { get: () => ({ waitUntil }) })
    const work = Promise.resolve()
    currentPlatform().waitUntil(work)
    expect(waitUntil.mock.calls).toEqual([[work]])
  })

  it('goes on by itself on a server of its own', () => {
    for (const context of [undefined, {}, { get: () => undefined }, { get: () => ({}) }]) {
      Reflect.set(globalThis, VERCEL, context)
      expect(() => currentPlatform().waitUntil(Promise.resolve())).not.toThrow()
    }
  })
})
