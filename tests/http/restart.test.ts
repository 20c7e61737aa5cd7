import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import { type Instance, makeDataFolder, PROFILES, startInstance, TARGETS } from '../support/instances.ts'
import { startRedisBackend } from '../support/redis-backend.ts'
import { aMember, aVisitor, cookieHeader, type Member, PASSWORD, readToken } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

/** A test starts up to four instances. */
const TIMEOUT_MS = 120_000

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

describe.each(TARGETS)('A change of keys (%s)', { timeout: TIMEOUT_MS }, (target) => {
  it('logs nobody out when a signing key is added, promoted and retired', async () => {
    const restart = await aRestartable()
    const [keyA, keyB] = [await makeKeys(), await makeKeys()].flatMap(({ AUTH_KEYS }) => JSON.parse(AUTH_KEYS))
    const { AUTH_SECRET } = await makeKeys()
    const withKeys = (...keys: unknown[]) => restart({ AUTH_SECRET, AUTH_KEYS: JSON.stringify(keys) })
    const keySetOf = async (instance: Instance) =>
      (await aVisitor(instance).get('/.well-known/jwks.json')).json.keys.map(({ kid }: { kid: string }) => kid)
    const signer = ({ cookies }: Member) => readToken(cookies.get('access')).header

    const first = await withKeys(keyA)
    const [member, late] = [await aMember(first), await aMember(first)]

    // Added: whoever keeps the key set gets to know it before anything is signed with it.
    expect(await keySetOf(await withKeys(keyA, keyB))).toEqual([keyA.kid, keyB.kid])
    await member.post('/api/auth/refresh')
    expect(signer(member)).toMatchObject({ kid: keyA.kid })

    // Promoted: it signs, and what the other has signed is still good.
    const held = { cookie: cookieHeader(member, { refresh: null }) }
    expect(await keySetOf(await withKeys(keyB, keyA))).toEqual([keyB.kid, keyA.kid])
    expect((await member.get('/api/me', held)).status).toBe(200)
    await member.post('/api/auth/refresh')
    expect(signer(member)).toMatchObject({ kid: keyB.kid })

    // Retired: who has renewed meanwhile notices nothing, and who has not is renewed on the way.
    expect(await keySetOf(await withKeys(keyB))).toEqual([keyB.kid])
    expect((await member.get('/api/me')).status).toBe(200)
    expect(signer(late)).toMatchObject({ kid: keyA.kid })
    expect((await late.get('/dashboard')).status).toBe(200)
    expect(signer(late)).toMatchObject({ kid: keyB.kid })
  })

  it('ends nothing while the old ones are still listed, and all that is theirs when they go', async () => {
    const restart = await aRestartable()
    const first = await restart({})
    const [goesOn, staysAway] = [await aMember(first), await aMember(first)]
    const oldAccess = { cookie: cookieHeader(goesOn, { refresh: null }) }
    const awayRefresh = cookieHeader(staysAway, { access: null })

    const old = restart.ownKeys()
    const fresh = await makeKeys()
    const both = {
      AUTH_KEYS: JSON.stringify([...JSON.parse(fresh.AUTH_KEYS), ...JSON.parse(old.AUTH_KEYS)]),
      AUTH_SECRET: `${fresh.AUTH_SECRET},${old.AUTH_SECRET}`,
    }
    const [{ kid: freshKid }] = JSON.parse(fresh.AUTH_KEYS)
    const [{ kid: oldKid }] = JSON.parse(old.AUTH_KEYS)

    const second = await restart(both)
    const keySet = await aVisitor(second).get('/.well-known/jwks.json')
    expect(keySet.json.keys.map(({ kid }: { kid: string }) => kid)).toEqual([freshKid, oldKid])
    expect((await goesOn.get('/api/me', oldAccess)).json).toEqual(goesOn.signedUp.user)
    const oldRefresh = goesOn.cookies.get('refresh')
    expect((await goesOn.post('/api/auth/refresh')).status).toBe(200)
    expect(readToken(goesOn.cookies.get('access')).header).toMatchObject({ kid: freshKid })
    expect(secretOf(goesOn.cookies.get('refresh'))).not.toBe(secretOf(oldRefresh))
    expect((await logIn(second, goesOn.email)).status).toBe(200) // and the hash moves to the new secret

    const third = await restart(fresh)
    expect((await goesOn.get('/dashboard')).status).toBe(200)
    expect((await goesOn.post('/api/auth/refresh')).status).toBe(200)
    expect((await logIn(third, goesOn.email)).status).toBe(200)
    expectProblem(await goesOn.get('/api/me', oldAccess), 401, 'unauthenticated')
    const away = await staysAway.send('/api/auth/refresh', { method: 'POST', headers: { cookie: awayRefresh } })
    expectProblem(away, 401, 'invalid_token')
    expectProblem(await logIn(third, staysAway.email), 401, 'invalid_credentials')
  })

  it('to none at all keeps account and session: keys that were made are kept', async () => {
    const restart = await aRestartable()
    const member = await aMember(await restart({}), { remember: true })
    await restart({ AUTH_PASSWORD_ITERATIONS: '150000' })
    expect((await member.get('/api/me')).json).toEqual(member.signedUp.user)
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
    expect((await logIn(member, member.email)).status).toBe(200)
  })

  /** An instance that is started again and again, with the same data, on the same port: the address that it issues tokens for. */
  async function aRestartable() {
    const data = makeDataFolder()
    cleanUps.push(() => rmSync(data, { recursive: true, force: true }))
    const redis = target === 'next start with Redis' ? await startRedisBackend(join(data, 'redis')) : undefined
    if (redis) cleanUps.push(() => redis.stop())
    const port = await freePort()
    let running: Instance | undefined
    const stop = async () => {
      const instance = running
      running = undefined
      await instance?.stop()
    }
    cleanUps.push(stop)
    const restart = async (settings: Record<string, string>) => {
      await stop()
      running = await startInstance(target, { data, port, redis, settings: { ...PROFILES.default, ...settings } })
      return running
    }
    /** Those that were made because none were given. */
    const ownKeys = () => {
      const { AUTH_KEYS = '', AUTH_SECRET = '' } = parseEnv(readFileSync(join(data, 'env'), 'utf8'))
      return { AUTH_KEYS, AUTH_SECRET }
    }
    return Object.assign(restart, { ownKeys })
  }
})

function logIn(app: { url: string }, email: string) {
  return aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })
}

/** Names the secret under which a refresh token was signed. */
function secretOf(refreshToken = ''): string | undefined {
  return refreshToken.split('.')[1]
}
