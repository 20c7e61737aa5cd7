import { describe, expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { PROFILES } from '../support/instances.ts'
import { type App, aMember, anEmail, aVisitor, cookieHeader, describeApp, PASSWORD, Visitor } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

const LOGIN = '/api/auth/login'
const HOUR = 3_600

describeApp(
  'Limits',
  (app) => {
    describe('of log-ins from one address', () => {
      it('refuse the sixth in an hour, with when to come back', async () => {
        const visitor = aVisitor(app)
        for (let attempt = 0; attempt < 5; attempt++) expectProblem(await tryAny(visitor), 401)
        expectLimited(await tryAny(visitor), 'login-ip', 5)
      })

      it('hold for an account that has its right password, too', async () => {
        const { email } = await aMember(app)
        const visitor = aVisitor(app)
        for (let attempt = 0; attempt < 5; attempt++) await tryAny(visitor)
        expectLimited(await visitor.post(LOGIN, { email, password: PASSWORD }), 'login-ip', 5)
        expect((await aVisitor(app).post(LOGIN, { email, password: PASSWORD })).status).toBe(200)
      })

      it('count one /64 of IPv6 as one address, and the next as another', async () => {
        const [network, other] = [aNetwork(), aNetwork()]
        const hosts = ['1', '2', 'ffff', 'a:b:c:d', '0:0:0:9']
        for (const host of hosts)
          expectProblem(await tryAny(from(app, `${network}::${host}`.replace(/::(.*:.*)/, ':$1'))), 401)
        expectLimited(await tryAny(from(app, `${network}:dead:beef:0:1`)), 'login-ip', 5)
        expectProblem(await tryAny(from(app, `${other}::1`)), 401)
      })

      it('count an IPv4 address written as IPv6 as that address', async () => {
        const visitor = aVisitor(app)
        for (let attempt = 0; attempt < 5; attempt++) await tryAny(visitor)
        expectLimited(await tryAny(from(app, `::ffff:${visitor.ip}`)), 'login-ip', 5)
      })

      it('go by no header that a client can write', async () => {
        const visitor = aVisitor(app)
        const spoof = (attempt: number) =>
          Object.fromEntries(
            ['x-forwarded-for', 'x-real-ip', 'true-client-ip', 'x-client-ip', 'x-vercel-forwarded-for', 'x-vercel-ip']
              .map((name) => [name, `192.0.2.${attempt}`])
              .concat([['forwarded', `for=192.0.2.${attempt}`]]),
          )
        for (let attempt = 0; attempt < 5; attempt++) await tryAny(visitor, spoof(attempt))
        expectLimited(await tryAny(visitor, spoof(9)), 'login-ip', 5)
      })
    })

    describe('of log-ins to one account', () => {
      it('refuse the fourth in an hour, from wherever, in whatever spelling, with whatever password', async () => {
        const { email } = await aMember(app)
        for (let attempt = 0; attempt < 3; attempt++) {
          expectProblem(await aVisitor(app).post(LOGIN, { email, password: 'wrong' }), 401)
        }
        for (const fields of [
          { email, password: 'wrong' },
          { email: ` ${email.toUpperCase()}`, password: 'wrong' },
          { email, password: PASSWORD },
        ]) {
          expectLimited(await aVisitor(app).post(LOGIN, fields), 'login-account', 3)
        }
      })

      it('let a browser in that has signed in before, as often again, and no other', async () => {
        const owner = await aMember(app)
        const { email } = owner
        await owner.post('/api/auth/logout')
        for (let attempt = 0; attempt < 3; attempt++) {
          expectProblem(await aVisitor(app).post(LOGIN, { email, password: 'wrong' }), 401)
        }
        expectLimited(await aVisitor(app).post(LOGIN, { email, password: PASSWORD }), 'login-account', 3)
        for (let attempt = 0; attempt < 3; attempt++) {
          expect((await owner.post(LOGIN, { email, password: PASSWORD })).status).toBe(200)
        }
        expectLimited(await owner.post(LOGIN, { email, password: PASSWORD }), 'login-device', 3)
      })

      it('refuse an address that has no account likewise', async () => {
        const email = anEmail()
        for (let attempt = 0; attempt < 3; attempt++) await aVisitor(app).post(LOGIN, { email, password: 'wrong' })
        expectLimited(await aVisitor(app).post(LOGIN, { email, password: 'wrong' }), 'login-account', 3)
      })

      it('let just as many through that come at once', async () => {
        const { email } = await aMember(app)
        const answers = await Promise.all(
          Array.from({ length: 10 }, () => aVisitor(app).post(LOGIN, { email, password: 'wrong' })),
        )
        expect(answers.filter(({ status }) => status === 401)).toHaveLength(3)
        expect(answers.filter(({ status }) => status === 429)).toHaveLength(7)
      })
    })

    it('name each that refuses', async () => {
      const email = anEmail()
      const visitor = aVisitor(app)
      for (let attempt = 0; attempt < 3; attempt++) await visitor.post(LOGIN, { email, password: 'wrong' })
      for (let attempt = 0; attempt < 2; attempt++) await tryAny(visitor)
      const answer = await visitor.post(LOGIN, { email, password: 'wrong' })
      expectProblem(answer, 429, 'rate_limited')
      expect(answer.header('ratelimit-policy')).toBe('"login-ip";q=5;w=3600, "login-account";q=3;w=3600')
      expect(answer.header('ratelimit')).toMatch(/^"login-ip";r=0;t=\d+, "login-account";r=0;t=\d+$/)
    })

    it('refuse the fourth sign-up from one address in an hour', async () => {
      const visitor = aVisitor(app)
      const signUp = () => visitor.post('/api/auth/signup', { email: anEmail(), password: PASSWORD })
      for (let attempt = 0; attempt < 3; attempt++) expect((await signUp()).status).toBe(201)
      expectLimited(await signUp(), 'signup-ip', 3)
      expect((await visitor.get('/api/me')).status).toBe(200)
    })

    describe('of refreshes of one session', () => {
      it('refuse the forty-first in an hour, and take nothing away', async () => {
        const member = await aMember(app, { remember: true })
        const cookie = cookieHeader(member)
        await Promise.all(Array.from({ length: 40 }, () => refresh(member, cookie)))
        expectLimited(await refresh(member, cookie), 'refresh', 40)
        const other = aVisitor(app)
        await other.post(LOGIN, { email: member.email, password: PASSWORD, remember: true })
        expect((await other.post('/api/auth/refresh')).status).toBe(200)
      })

      it('hold for renewal on the way, too, and public pages are still shown', async () => {
        const member = await aMember(app, { remember: true })
        const cookie = cookieHeader(member, { access: null })
        await Promise.all(Array.from({ length: 40 }, () => refresh(member, cookie)))
        const page = await member.get('/dashboard', { cookie })
        expect(page.status).toBe(429)
        expect(page.header('content-type')).toMatch(/^text\/html/)
        expect(page.header('retry-after')).toMatch(/^\d+$/)
        expect(page.header('content-security-policy')).toContain("default-src 'self'")
        expect(page.setCookies).toEqual([])
        expectLimited(await member.get('/api/me', { cookie }), 'refresh', 40)
        expectLimited(await member.get('/api/auth/session', { cookie }), 'refresh', 40)
        for (const path of ['/', '/login']) {
          const answer = await member.get(path, { cookie })
          expect(answer.status).toBe(200)
          expect(answer.setCookies).toEqual([])
        }
      })
    })
  },
  { settings: PROFILES.short },
)

/** A login to an account that does not exist, and that nobody else tries. */
function tryAny(visitor: Visitor, headers: Record<string, string> = {}): Promise<Answer> {
  return visitor.post(LOGIN, { email: anEmail(), password: 'wrong' }, headers)
}

function refresh(visitor: Visitor, cookie: string): Promise<Answer> {
  return visitor.send('/api/auth/refresh', { method: 'POST', headers: { cookie } })
}

function from(app: App, ip: string): Visitor {
  return new Visitor(app.url, ip)
}

/** The first 64 bits of an IPv6 address that nobody else has. */
function aNetwork(): string {
  const groups = [...crypto.getRandomValues(new Uint16Array(3))].map((group) => group.toString(16))
  return ['2001', ...groups].join(':')
}

function expectLimited(answer: Answer, policy: string, quota: number): void {
  expectProblem(answer, 429, 'rate_limited')
  const seconds = Number(answer.header('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(HOUR)
  expect(answer.header('ratelimit-policy')).toBe(`"${policy}";q=${quota};w=${HOUR}`)
  expect(answer.header('ratelimit')).toBe(`"${policy}";r=0;t=${seconds}`)
  expect(answer.setCookies).toEqual([])
}
