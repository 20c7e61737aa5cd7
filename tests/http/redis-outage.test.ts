import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Instance, PROFILES, startInstance, type Target } from '../support/instances.ts'
import { type RedisBackend, startRedisBackend } from '../support/redis-backend.ts'
import { type RedisLine, startRedisLine } from '../support/redis-line.ts'
import { aMember, anEmail, aVisitor, cookieHeader, PASSWORD } from './support/app.ts'
import { expectGoingOn, expectGracefulOutage } from './support/outage.ts'
import { expectProblem } from './support/promises.ts'

describe.each<Target>(['next start with Redis', 'workerd with Redis'])('When Redis fails (%s)', (target) => {
  let backend: RedisBackend
  let line: RedisLine
  let app: Instance
  beforeAll(async () => {
    backend = await startRedisBackend()
    line = await startRedisLine(backend)
    app = await startInstance(target, { settings: PROFILES.default, redis: line })
  })
  afterAll(async () => {
    line.behave('pass')
    await app?.stop()
    await line?.stop()
    await backend?.stop()
  })

  it.each([
    ['refuses connections', () => line.refuse(true), () => line.refuse(false)],
    ['breaks connections', async () => line.behave('cut'), async () => line.behave('pass')],
    ['does not answer', async () => line.behave('hang'), async () => line.behave('pass')],
    ['stops halfway through its answers', async () => line.behave('stall'), async () => line.behave('pass')],
    ['answers too late', async () => line.behave({ delay: 4_000 }), async () => line.behave('pass')],
  ])('and %s, no session is lost', async (_, begin, end) => {
    const [member, leaver] = [await aMember(app), await aMember(app)]
    await begin()
    try {
      await expectGracefulOutage(member, leaver)
    } finally {
      await end()
    }
    await expectGoingOn(member)
  })

  it('but is only slow, all goes well', async () => {
    const member = await aMember(app)
    line.behave({ delay: 400 })
    try {
      await expectGoingOn(member)
      const { email } = member
      expect((await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })).status).toBe(200)
      expect((await aVisitor(app).post('/api/auth/signup', { email: anEmail(), password: PASSWORD })).status).toBe(201)
    } finally {
      line.behave('pass')
    }
  })

  describe('in the middle of a sign-up', () => {
    it.each([
      ['before the first step', 0, 'cut'],
      ['after the first step', 0, 'lose answer'],
      ['before the second step', 1, 'cut'],
    ] as const)('%s, it can be repeated', async (_, step, fate) => {
      const fields = { email: anEmail(), password: PASSWORD }
      await warmUp()
      line.behave((index) => (index === step ? fate : 'pass'))
      const failed = await aVisitor(app).post('/api/auth/signup', fields)
      expectProblem(failed, 503, 'store_unavailable')
      expect(failed.setCookies).toEqual([])
      expect((await aVisitor(app).post('/api/auth/signup', fields)).status).toBe(201)
      expect((await aVisitor(app).post('/api/auth/login', fields)).status).toBe(200)
    })

    it('after the second step, the account is there and logs in', async () => {
      const fields = { email: anEmail(), password: PASSWORD }
      await warmUp()
      line.behave((index) => (index === 1 ? 'lose answer' : 'pass'))
      expectProblem(await aVisitor(app).post('/api/auth/signup', fields), 503, 'store_unavailable')
      expectProblem(await aVisitor(app).post('/api/auth/signup', fields), 409, 'email_taken')
      expect((await aVisitor(app).post('/api/auth/login', fields)).status).toBe(200)
    })
  })

  it.each([
    [0, 'cut'],
    [0, 'lose answer'],
    [1, 'cut'],
    [1, 'lose answer'],
  ] as const)('in the middle of a log-in (step %i, %s), it can be repeated', async (step, fate) => {
    const { email } = await aMember(app)
    line.behave((index) => (index === step ? fate : 'pass'))
    expectProblem(await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD }), 503, 'store_unavailable')
    expect((await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })).status).toBe(200)
  })

  it.each(['cut', 'lose answer'] as const)('in the middle of a refresh (%s), the same cookies go on', async (fate) => {
    const member = await aMember(app)
    line.behave((index) => (index === 0 ? fate : 'pass'))
    const failed = await member.post('/api/auth/refresh')
    expectProblem(failed, 503, 'store_unavailable')
    expect(failed.setCookies).toEqual([])
    await expectGoingOn(member)
  })

  it.each(['cut', 'lose answer'] as const)('in the middle of a renewal (%s), the same cookies go on', async (fate) => {
    const member = await aMember(app)
    const headers = { cookie: cookieHeader(member, { access: null }) }
    line.behave((index) => (index === 0 ? fate : 'pass'))
    const failed = await member.get('/dashboard', headers)
    expect(failed.status).toBe(503)
    expect(failed.setCookies).toEqual([])
    await expectGoingOn(member)
  })

  it.each(['cut', 'lose answer'] as const)('in the middle of a log-out (%s), it can be repeated', async (fate) => {
    const member = await aMember(app)
    const cookie = cookieHeader(member)
    line.behave((index) => (index === 0 ? fate : 'pass'))
    const failed = await member.post('/api/auth/logout')
    expectProblem(failed, 503, 'store_unavailable')
    expect(failed.setCookies).toEqual([])
    expect((await member.post('/api/auth/logout')).status).toBe(204)
    expectProblem(await member.get('/api/me', { cookie }), 401, 'unauthenticated')
  })

  /** So that scripts are known to Redis, and a step is one request. */
  async function warmUp(): Promise<void> {
    line.behave('pass')
    await aMember(app)
  }
})
