import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aMember, anEmail, aVisitor, cookieHeader, describeApp, PASSWORD } from './support/app.ts'
import { expectCookiesCleared, expectCookiesSet, expectProblem } from './support/promises.ts'

describeApp(
  'A session from its beginning to its end',
  (app) => {
    it('is signed up for, gone on with, renewed, left and opened again', async () => {
      const member = await aMember(app, { name: 'Ada', remember: true })
      expect((await member.get('/api/health')).json).toEqual({ status: 'ok', store: 'redis' })
      expect((await member.get('/dashboard')).status).toBe(200)
      expect((await member.get('/api/me')).json).toEqual(member.signedUp.user)
      expectCookiesSet(await member.post('/api/auth/refresh'), 30 * 86_400)
      const renewed = await member.get('/dashboard', { cookie: cookieHeader(member, { access: null }) })
      expect(renewed.status).toBe(200)
      expectCookiesSet(renewed, 30 * 86_400)
      expectCookiesCleared(await member.post('/api/auth/logout'))
      expect((await member.get('/dashboard')).status).toBe(307)
      expectProblem(
        await member.post('/api/auth/signup', { email: member.email, password: PASSWORD }),
        409,
        'email_taken',
      )
      expect((await member.post('/api/auth/login', { email: member.email, password: PASSWORD })).status).toBe(200)
    })
  },
  { settings: PROFILES.default, targets: ['workerd with Redis'] },
)

/** With no setting at all: hashing costs what it costs in production. */
describeApp(
  'With every setting as it comes',
  (app) => {
    it('an account takes ten attempts, and the eleventh is refused long before it would be hashed', async () => {
      const { email } = await aMember(app)
      const attempt = async () => {
        const start = performance.now()
        const answer = await aVisitor(app).post('/api/auth/login', { email, password: 'wrong' })
        return { answer, time: performance.now() - start }
      }
      const hashed = []
      for (let count = 0; count < 10; count++) hashed.push(await attempt())
      for (const { answer } of hashed) expectProblem(answer, 401, 'invalid_credentials')
      const limited = []
      for (let count = 0; count < 5; count++) limited.push(await attempt())
      for (const { answer } of limited) {
        expectProblem(answer, 429, 'rate_limited')
        expect(answer.header('ratelimit-policy')).toBe('"login-account";q=10;w=900')
      }
      const best = (attempts: { time: number }[]) => Math.min(...attempts.map(({ time }) => time))
      expect(best(limited)).toBeLessThan(best(hashed) / 2)
    })

    it('an address signs up ten accounts an hour', async () => {
      const visitor = aVisitor(app)
      for (let count = 0; count < 10; count++) {
        expect((await visitor.post('/api/auth/signup', { email: anEmail(), password: PASSWORD })).status).toBe(201)
      }
      const limited = await visitor.post('/api/auth/signup', { email: anEmail(), password: PASSWORD })
      expectProblem(limited, 429, 'rate_limited')
      expect(limited.header('ratelimit-policy')).toBe('"signup-ip";q=10;w=3600')
    })
  },
  { settings: {}, targets: ['workerd with Durable Objects'] },
)
