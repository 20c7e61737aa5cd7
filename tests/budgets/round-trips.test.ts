import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { startRedis } from '../../scripts/redis-server.mjs'
import { type Answer, Client } from '../support/client.ts'
import { type Instance, startInstance } from '../support/instances.ts'

/** Counted where they arrive: every HTTP request that the built app makes to Redis. Requests are one after the other here. */
describe('round trips to the store', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>
  let gateway: Awaited<ReturnType<typeof startGateway>>
  let app: Instance
  let client: Client
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-budgets-'))
  const account = { email: `ada-${crypto.randomUUID()}@example.com`, password: 'correct horse battery' }

  beforeAll(async () => {
    redis = await startRedis({ dir: folder })
    gateway = await startGateway({ redisPort: redis.port, port: 0, token: 'local' })
    app = await startInstance('next start with Redis', {
      redis: { url: gateway.url, token: 'local' },
      settings: { AUTH_PASSWORD_ITERATIONS: '100000' },
    })
    // Redis learns each script on its first use.
    client = new Client(app.url)
    await client.post('/api/auth/signup', { ...account, email: `warm-${account.email}` })
    await client.post('/api/auth/refresh')
    await client.get('/api/me')
    await client.post('/api/auth/logout')
    await client.post('/api/auth/login', { ...account, email: `warm-${account.email}` })
    client = new Client(app.url)
  })

  afterAll(async () => {
    await app?.stop()
    await gateway?.close()
    await redis?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function count(status: number, work: () => Promise<Answer>): Promise<number> {
    const before = gateway.requests()
    expect((await work()).status).toBe(status)
    return gateway.requests() - before
  }

  it('are 2 for a sign-up, then 0 for a signed-in request, 1 for a refresh or a log-out, 2 for a log-in', async () => {
    expect(await count(201, () => client.post('/api/auth/signup', account))).toBe(2)
    expect(await count(200, () => client.get('/dashboard'))).toBe(0)
    expect(await count(404, () => client.get('/api/nothing-here'))).toBe(0)
    expect(await count(307, () => client.get('/login'))).toBe(0)
    expect(await count(200, () => client.get('/api/me'))).toBe(1)
    expect(await count(200, () => client.post('/api/auth/refresh'))).toBe(1)
    expect(await count(204, () => client.post('/api/auth/logout'))).toBe(1)
    expect(await count(200, () => client.post('/api/auth/login', account))).toBe(2)
  })

  it('are 1 for a page whose access token has to be renewed', async () => {
    client.cookies.delete('access')
    expect(await count(200, () => client.get('/dashboard'))).toBe(1)
  })

  it('are 1 for a log-in with a wrong password, and 0 for a token that is not ours', async () => {
    expect(await count(401, () => client.post('/api/auth/login', { ...account, password: 'wrong password' }))).toBe(1)
    const forged = { refreshToken: `v1.AAAAAAAA.${'A'.repeat(22)}.${'A'.repeat(22)}.1.${'A'.repeat(43)}` }
    expect(await count(401, () => client.post('/api/auth/refresh', forged))).toBe(0)
    expect(await count(401, () => client.get('/api/me', { authorization: 'Bearer x.y.z' }))).toBe(0)
  })
})
