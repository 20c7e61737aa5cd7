import { describe, expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { PROFILES } from '../support/instances.ts'
import { aMember, anEmail, aVisitor, describeApp, PASSWORD } from './support/app.ts'
import { expectCookiesCleared, expectSignInCookiesSet } from './support/promises.ts'

/** What a browser says when it posts a page's form. */
const BROWSER = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }

describeApp('A page’s form', (app) => {
  describe.each(['form', 'multipart'] as const)('posted as %s', (encoding) => {
    const post = (path: string, fields: Record<string, string>, from = aVisitor(app)) =>
      from.send(path, { method: 'POST', [encoding]: fields, headers: BROWSER })

    it('signs up, and leads to the dashboard', async () => {
      const visitor = aVisitor(app)
      const answer = await post('/api/auth/signup', { email: anEmail(), password: PASSWORD, name: 'Ada' }, visitor)
      expectRedirect(answer, '/dashboard')
      expectSignInCookiesSet(answer, null)
      expect((await visitor.get('/dashboard')).status).toBe(200)
    })

    it('logs in, and leads to where one wanted to go', async () => {
      const { email } = await aMember(app)
      const fields = { email, password: PASSWORD, remember: 'on', next: '/dashboard?tab=2#top' }
      const answer = await post('/api/auth/login', fields)
      expectRedirect(answer, '/dashboard?tab=2#top')
      expectSignInCookiesSet(answer, 30 * 86_400)
    })

    it('logs out, and leads to the login page', async () => {
      const member = await aMember(app)
      const answer = await post('/api/auth/logout', {}, member)
      expectRedirect(answer, '/login')
      expectCookiesCleared(answer)
      expect((await member.get('/dashboard')).status).toBe(307)
    })

    it('comes back with the code of what was wrong, and with what was typed but the password', async () => {
      const { email } = await aMember(app)
      const fields = { email, password: 'not the password', remember: 'on', next: '/account' }
      const answer = await post('/api/auth/login', fields)
      expectRedirect(answer, '/login?error=invalid_credentials&next=%2Faccount')
      expect(answer.setCookies).toEqual([
        { name: 'form', value: expect.any(String), attributes: ['path=/', 'httponly', 'samesite=lax'], maxAge: 120 },
      ])
      expect(typed(answer)).toEqual({ email, remember: true })
    })

    it('comes back to the sign-up when the address is taken', async () => {
      const { email } = await aMember(app)
      const answer = await post('/api/auth/signup', { email, password: PASSWORD, name: 'Ada' })
      expectRedirect(answer, '/signup?error=email_taken')
      expect(typed(answer)).toEqual({ email, name: 'Ada', remember: false })
    })

    it('comes back with the fields that were wrong', async () => {
      const answer = await post('/api/auth/signup', { email: 'ada', password: 'short' })
      expectRedirect(answer, '/signup?error=invalid_fields&email=email_invalid&password=password_too_short')
      expect(JSON.stringify(typed(answer))).not.toContain('short')
    })
  })

  it.each([
    ['malformed', { 'content-type': 'multipart/form-data' }, 'x', 'malformed_body'],
    ['too large', { 'content-type': 'application/x-www-form-urlencoded' }, `x=${'y'.repeat(16_384)}`, 'body_too_large'],
  ])('comes back when it is %s', async (_, type, body, code) => {
    const headers = { ...BROWSER, ...type }
    expectRedirect(
      await aVisitor(app).send('/api/auth/login', { method: 'POST', body, headers }),
      `/login?error=${code}`,
    )
  })

  describe('leads nowhere else when `next` is', () => {
    it.each([
      'https://evil.example/',
      '//evil.example/',
      '///evil.example/',
      '/\\evil.example/',
      '\\/evil.example/',
      '/%2fevil.example/',
      '/%5cevil.example/',
      '/%252fevil.example/',
      '/.//evil.example/',
      '/x/..//evil.example/',
      '/\t/evil.example/',
      '/\n/evil.example/',
      '/%09/evil.example/',
      ' //evil.example/',
      'javascript:alert(1)',
      'evil.example',
      '/x\r\nset-cookie: a=b',
      '/x%0d%0aset-cookie:%20a=b',
      '',
    ])('%j', async (next) => {
      const { email } = await aMember(app)
      for (const [path, expected, cookies] of [
        ['/api/auth/login', '/dashboard', ['access', 'refresh', 'device']],
        ['/api/auth/logout', '/login', ['access', 'refresh']],
      ] as const) {
        const fields = { email, password: PASSWORD, next }
        const answer = await aVisitor(app).send(path, { form: fields, headers: BROWSER })
        expectRedirect(answer, expected)
        expect(answer.setCookies.map(({ name }) => name)).toEqual(cookies)
      }
      const failed = await aVisitor(app).send('/api/auth/login', {
        form: { email: 'x', password: 'y', next },
        headers: BROWSER,
      })
      expectRedirect(failed, '/login?error=invalid_fields&email=email_invalid')
    })
  })
})

describeApp(
  'A page’s form, posted too often,',
  (app) => {
    it('comes back with the seconds to wait', async () => {
      const visitor = aVisitor(app)
      const post = () =>
        visitor.send('/api/auth/login', { form: { email: anEmail(), password: 'wrong' }, headers: BROWSER })
      for (let attempt = 0; attempt < 5; attempt++) await post()
      const limited = await post()
      const [, seconds] = /^\/login\?error=rate_limited&retry=(\d+)$/.exec(limited.header('location') ?? '') ?? []
      expect(Number(seconds)).toBeGreaterThan(0)
      expect(Number(seconds)).toBeLessThanOrEqual(3_600)
      expect(limited.status).toBe(303)
      expect(limited.setCookies.map(({ name }) => name)).toEqual(['form'])
    })
  },
  { settings: PROFILES.short },
)

function expectRedirect(answer: Answer, location: string): void {
  expect(answer.status).toBe(303)
  expect(answer.header('location')).toBe(location)
  expect(answer.text).toBe('')
}

/** What the form will show again. */
function typed({ setCookies }: Answer): unknown {
  const value = setCookies.find(({ name }) => name === 'form')?.value ?? ''
  return JSON.parse(Buffer.from(value, 'base64url').toString('utf8'))
}
