import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseSettings, SettingsError } from '../../lib/env.ts'
import { currentPlatform } from '../../lib/platform.ts'

const CLOUDFLARE = Symbol.for('__cloudflare-request-context__')

afterEach(() => {
  vi.unstubAllEnvs()
  Reflect.deleteProperty(globalThis, CLOUDFLARE)
})

/** Every variable that `parseSettings` asks for. */
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
  return [...asked]
}

it('hands on every setting that there is', () => {
  const names = namesOfSettings()
  expect(names.length).toBeGreaterThan(15)
  for (const name of names) vi.stubEnv(name, `value of ${name}`)
  expect(currentPlatform().environment).toEqual(Object.fromEntries(names.map((name) => [name, `value of ${name}`])))
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
