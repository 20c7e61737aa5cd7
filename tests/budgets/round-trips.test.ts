import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { aMember, anEmail, aVisitor, cookieHeader, type Member, PASSWORD } from '../http/support/app.ts'
import { type Instance, PROFILES, startInstance, type Target } from '../support/instances.ts'
import { type RedisBackend, startRedisBackend } from '../support/redis-backend.ts'
import { type RedisLine, startRedisLine } from '../support/redis-line.ts'

/** Long enough that what goes out together is seen to do so, and what nobody waits for is still on its way at the answer. */
const DELAY_MS = 300

/** Requests to the store in all, and how many of them one after the other. */
const trips = (count: number) => ({ requests: count, inSequence: count })

describe.each<Target>(['next start with Redis', 'workerd with Redis'])('Round trips to the store (%s)', (target) => {
  let backend: RedisBackend
  let line: RedisLine
  let app: Instance
  let member: Member
  beforeAll(async () => {
    backend = await startRedisBackend()
    line = await startRedisLine(backend)
    app = await startInstance(target, { settings: PROFILES.default, redis: line })
    await exerciseAll() // Redis learns its scripts, and isolates start
    line.behave({ delay: DELAY_MS })
  })
  afterAll(async () => {
    await app?.stop()
    await line?.stop()
    await backend?.stop()
  })
  beforeEach(async () => {
    member = await aMember(app)
    line.takeTrips()
  })

  it('is none for who is signed in, on pages and on what is not there', async () => {
    expect((await member.get('/dashboard')).status).toBe(200)
    expect((await member.get('/api/nope')).status).toBe(404)
    expect((await member.get('/')).status).toBe(200)
    expect((await member.get('/login')).status).toBe(307)
    expect(line.takeTrips()).toEqual(trips(0))
  })

  it('is none for a stranger, nor for a token that is not ours', async () => {
    const visitor = aVisitor(app)
    for (const path of ['/', '/login', '/dashboard', '/api/me', '/api/auth/session', '/.well-known/jwks.json']) {
      await visitor.get(path)
      await visitor.get(path, { cookie: 'access=x.y.z; refresh=v1.x' })
      await visitor.get(path, { authorization: 'Bearer x.y.z' })
    }
    await visitor.post('/api/auth/refresh', { refreshToken: 'v1.x' })
    await visitor.post('/api/auth/logout')
    await visitor.post('/api/auth/login', { email: 'x' })
    expect(line.takeTrips()).toEqual(trips(0))
  })

  it('is one for a refresh', async () => {
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('is one for a page whose access token has run out', async () => {
    expect((await member.get('/dashboard', { cookie: cookieHeader(member, { access: null }) })).status).toBe(200)
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('is one to ask who is there now', async () => {
    expect((await member.get('/api/me')).status).toBe(200)
    expect(line.takeTrips()).toEqual(trips(1))
    expect((await member.get('/api/auth/session')).json.user).not.toBeNull()
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('is one for a log-out', async () => {
    expect((await member.post('/api/auth/logout')).status).toBe(204)
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('are two for a log-in, and one for a wrong password', async () => {
    const { email } = member
    expect((await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })).status).toBe(200)
    expect(line.takeTrips()).toEqual(trips(2))
    expect((await aVisitor(app).post('/api/auth/login', { email, password: 'wrong' })).status).toBe(401)
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('are two for a sign-up, and one for a taken address', async () => {
    const fields = { email: anEmail(), password: PASSWORD }
    expect((await aVisitor(app).post('/api/auth/signup', fields)).status).toBe(201)
    expect(line.takeTrips()).toEqual(trips(2))
    expect((await aVisitor(app).post('/api/auth/signup', fields)).status).toBe(409)
    expect(line.takeTrips()).toEqual(trips(1))
  })

  it('is one to list sessions or activity: who asks is found out beside it', async () => {
    for (const path of ['/api/auth/sessions', '/api/auth/activity']) {
      expect((await member.get(path)).status).toBe(200)
      expect(line.takeTrips()).toEqual({ requests: 2, inSequence: 1 })
    }
  })

  async function exerciseAll(): Promise<void> {
    const somebody = await aMember(app)
    await somebody.get('/dashboard', { cookie: cookieHeader(somebody, { access: null }) })
    await somebody.get('/api/me')
    await somebody.get('/api/auth/session')
    await somebody.post('/api/auth/refresh')
    await aVisitor(app).post('/api/auth/login', { email: somebody.email, password: PASSWORD })
    await somebody.post('/api/auth/logout')
  }
})
