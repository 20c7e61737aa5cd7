import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { type Instance, makeDataFolder, PROFILES, startInstance, type Target } from '../support/instances.ts'
import { type RedisBackend, startRedisBackend } from '../support/redis-backend.ts'
import { type RedisLine, startRedisLine } from '../support/redis-line.ts'
import { startTwoIsolates, type TwoIsolates } from '../support/two-isolates.ts'
import { type App, aMember, aVisitor, type Member, PASSWORD } from './support/app.ts'

/** What design.md promises: a revocation is everywhere within this, in milliseconds. */
const EVERYWHERE_MS = 60_000
/** Slower than any request that does not wait for the store. */
const LINE_DELAY_MS = 1_500

/** Tests of one target have a line in common. */
const ONE_BY_ONE = { concurrent: false }

/** Signed in, there is nothing; signed out, one does not learn that. Both are found out without the store. */
const UNSTORED = '/api/nope'

/** How the instance answers to the holder of the access token: 404 is signed in. No request waits for the store. */
async function statusAt(instance: Pick<App, 'url'>, accessToken: string): Promise<number> {
  const start = performance.now()
  const { status } = await aVisitor(instance).get(UNSTORED, { authorization: `Bearer ${accessToken}` })
  expect(performance.now() - start, 'a request waited for the store').toBeLessThan(LINE_DELAY_MS)
  return status
}

/** @returns the access token of another session of the member */
async function aSession(instance: Pick<App, 'url'>, member: Member): Promise<string> {
  const fields = { email: member.email, password: PASSWORD, delivery: 'body' }
  return (await aVisitor(instance).post('/api/auth/login', fields)).json.accessToken
}

function sessionOf(accessToken: string): string {
  return JSON.parse(atob(accessToken.split('.')[1] ?? '')).sid
}

// Targets beside each other, as nearly all is waiting.
describe.concurrent.each<Target>(['next start with Redis', 'workerd with Redis'])(
  'Two instances on one store (%s)',
  { timeout: 2 * EVERYWHERE_MS },
  (target) => {
    let backend: RedisBackend
    let line: RedisLine
    const instances: Instance[] = []
    const folders: string[] = []
    let here: Instance
    let there: Instance
    beforeAll(async () => {
      backend = await startRedisBackend()
      line = await startRedisLine(backend)
      const settings = { ...PROFILES.default, ...(await makeKeys()), AUTH_ISSUER: 'https://auth.example.com' }
      const start = async (redis: Pick<RedisBackend, 'url' | 'token'>) => {
        const data = makeDataFolder()
        folders.push(data)
        const instance = await startInstance(target, { settings, redis, data })
        instances.push(instance)
        return instance
      }
      here = await start(backend)
      there = await start(line)
    })
    afterAll(async () => {
      for (const instance of instances) await instance.stop()
      await line?.stop()
      await backend?.stop()
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    })

    it(
      'both refuse a session that one has ended, and no request waits for the store',
      ONE_BY_ONE,
      async ({ expect }) => {
        const member = await aMember(here)
        const [ended, kept] = [await aSession(here, member), await aSession(here, member)]
        await statusAt(there, kept) // its isolates start
        line.behave({ delay: LINE_DELAY_MS })
        line.takeTrips()
        line.takeReadings()
        const start = performance.now()
        expect(await statusAt(there, ended)).toBe(404)

        expect((await member.send(`/api/auth/sessions/${sessionOf(ended)}`, { method: 'DELETE' })).status).toBe(204)
        await expect.poll(() => statusAt(there, ended), { timeout: EVERYWHERE_MS, interval: 500 }).toBe(401)
        expect(await statusAt(there, kept)).toBe(404)

        // Middleware and the route read the list for themselves, each at most every 15 s.
        const most = 2 * (1 + Math.ceil((performance.now() - start) / 15_000))
        expect(line.takeReadings()).toBeLessThanOrEqual(most)
        expect(line.takeTrips().requests).toBe(0)
        line.behave('pass')
      },
    )

    it('serve who is signed in while the list cannot be read', ONE_BY_ONE, async ({ expect }) => {
      const accessToken = await aSession(here, await aMember(here))
      await line.refuse(true)
      const start = performance.now()
      while (performance.now() - start < 20_000) {
        expect(await statusAt(there, accessToken)).toBe(404)
        await new Promise((resolve) => setTimeout(resolve, 1_000))
      }
      await line.refuse(false)
      expect(there.output()).toContain('later.failed')
    })
  },
)

describe.concurrent('Two isolates on one store (workerd with Durable Objects)', { timeout: 2 * EVERYWHERE_MS }, () => {
  let isolates: TwoIsolates
  let here: Pick<App, 'url'>
  let there: Pick<App, 'url'>
  beforeAll(async () => {
    const issuer = { AUTH_ISSUER: 'https://auth.example.com' }
    isolates = await startTwoIsolates({ ...PROFILES.default, ...(await makeKeys()), ...issuer })
    const [first, second] = isolates.urls
    here = { url: first }
    there = { url: second }
  })
  afterAll(() => isolates?.stop())

  it('both refuse sessions that were ended one by one, all at once, or with their account, while others go on', async ({
    expect,
  }) => {
    const ways = [
      (member: Member, id: string) => member.send(`/api/auth/sessions/${id}`, { method: 'DELETE' }),
      (member: Member) => member.send('/api/auth/sessions', { method: 'DELETE' }),
      (member: Member) => member.send('/api/me', { method: 'DELETE', json: { password: PASSWORD } }),
    ]
    const kept = await aSession(here, await aMember(here))
    const ended = await Promise.all(
      ways.map(async (end) => {
        const member = await aMember(here)
        const accessToken = await aSession(here, member)
        expect(await statusAt(there, accessToken)).toBe(404)
        expect((await end(member, sessionOf(accessToken))).status).toBe(204)
        return accessToken
      }),
    )
    for (const isolate of [there, here]) {
      for (const accessToken of ended) {
        await expect.poll(() => statusAt(isolate, accessToken), { timeout: EVERYWHERE_MS, interval: 500 }).toBe(401)
      }
      expect(await statusAt(isolate, kept)).toBe(404)
    }
  })
})
