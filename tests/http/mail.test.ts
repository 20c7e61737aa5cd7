import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/client.ts'
import { TARGETS } from '../support/instances.ts'
import { aMember, anEmail, aVisitor, type Member, PASSWORD, type Visitor } from './support/app.ts'
import { ISSUER, type Mailing, mailedToken, mailWith, startMailing } from './support/mailing.ts'
import { expectCookiesCleared, expectProblem } from './support/promises.ts'

const NEW_PASSWORD = 'another fine password'
const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', origin: 'null' }

const MAILED_PAGES = ['/verify-email', '/reset-password', '/login/confirm', '/signup/finish', '/secure-account']

describe.each(TARGETS)('Mail (%s)', (target) => {
  let app: Mailing
  beforeAll(async () => {
    app = await startMailing(target)
  })
  afterAll(() => app?.stop())

  const logIn = (email: string, password = PASSWORD, visitor: Visitor = aVisitor(app)) =>
    visitor.post('/api/auth/login', { email, password })

  describe('of a new account', () => {
    it('verifies its address', async () => {
      const member = await aMember(app)
      expect(member.signedUp.user.emailVerified).toBe(false)
      const token = await mailedToken(app, member.email, '/verify-email')
      expect((await aVisitor(app).post('/api/auth/email/verify', { token })).status).toBe(204)
      expect((await member.get('/api/me')).json.emailVerified).toBe(true)
      expectProblem(await aVisitor(app).post('/api/auth/email/verify', { token }), 400, 'invalid_link')
    })

    it('is sent again to who is signed in, three times an hour', async () => {
      const member = await aMember(app)
      const first = await mailedToken(app, member.email, '/verify-email')
      for (let i = 0; i < 3; i++) expect((await member.post('/api/auth/email/verify/send')).status).toBe(202)
      expectProblem(await member.post('/api/auth/email/verify/send'), 429, 'rate_limited')
      expectProblem(await aVisitor(app).post('/api/auth/email/verify/send'), 401, 'unauthenticated')
      expect((await aVisitor(app).post('/api/auth/email/verify', { token: first })).status).toBe(204)
    })
  })

  describe('for a forgotten password', () => {
    it('leads to a new one, and ends every session', async () => {
      const member = await aMember(app)
      const visitor = aVisitor(app)
      const asked = await visitor.post('/api/auth/password/forgot', { email: member.email.toUpperCase() })
      expect([asked.status, asked.text, asked.setCookies]).toEqual([202, '', []])
      const token = await mailedToken(app, member.email, '/reset-password')
      const reset = await visitor.post('/api/auth/password/reset', { token, password: NEW_PASSWORD })
      expect([reset.status, reset.text]).toEqual([204, ''])
      expectProblem(await member.get('/api/me'), 401, 'unauthenticated')
      expect((await logIn(member.email)).status).toBe(401)
      expect((await logIn(member.email, NEW_PASSWORD)).json.user.emailVerified).toBe(true)
    })

    it('works once, also twice at once', async () => {
      const member = await aMember(app)
      await aVisitor(app).post('/api/auth/password/forgot', { email: member.email })
      const token = await mailedToken(app, member.email, '/reset-password')
      const reset = (password: string) => aVisitor(app).post('/api/auth/password/reset', { token, password })
      const answers = await Promise.all([reset('the first of the two'), reset('the second of the two')])
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 400])
      expectProblem(await reset(NEW_PASSWORD), 400, 'invalid_link')
    })

    it('answers with the same bytes whether or not the address has an account', async () => {
      const { email } = await aMember(app)
      const [known, unknown] = await Promise.all(
        [email, anEmail()].map((address) => aVisitor(app).post('/api/auth/password/forgot', { email: address })),
      )
      const bytes = (answer: typeof known) => [
        answer?.status,
        answer?.text,
        answer?.fields.filter(([name]) => !['date', 'content-security-policy'].includes(name)),
      ]
      expect(bytes(known)).toEqual(bytes(unknown))
    })

    it('answers without waiting for the provider', async () => {
      const { email } = await aMember(app)
      await mailWith(app, email, '/verify-email')
      app.recorder.respondWith('hang')
      try {
        const started = Date.now()
        const asked = await aVisitor(app).post('/api/auth/password/forgot', { email })
        expect(asked.status).toBe(202)
        expect(Date.now() - started, 'milliseconds; the provider is waited for 5 s').toBeLessThan(5_000)
      } finally {
        app.recorder.respondWith('take')
      }
    })

    it('is limited for an address, whoever asks, known or not', async () => {
      for (const email of [(await aMember(app)).email, anEmail()]) {
        const ask = () => aVisitor(app).post('/api/auth/password/forgot', { email })
        for (let i = 0; i < 3; i++) expect((await ask()).status).toBe(202)
        expectProblem(await ask(), 429, 'rate_limited')
      }
    })

    it('is limited for a client, whatever it asks for', async () => {
      const visitor = aVisitor(app)
      const ask = () => visitor.post('/api/auth/password/forgot', { email: anEmail() })
      for (let i = 0; i < 10; i++) expect((await ask()).status).toBe(202)
      expectProblem(await ask(), 429, 'rate_limited')
    })

    it.each([
      '',
      'ada',
      'ada@example.com\r\nBcc: eve@example.com',
      'ada@example.com,eve@example.com',
      ['a@example.com'],
    ])('is not sent to %j', async (email) => {
      expectProblem(await aVisitor(app).post('/api/auth/password/forgot', { email }), 422, 'invalid_fields')
    })
  })

  describe('for a log-in', () => {
    it('opens a session by link, in the browser that asked and in no other', async () => {
      const member = await aMember(app)
      const visitor = aVisitor(app)
      const asked = await visitor.post('/api/auth/login/link', { email: member.email, next: '/account' })
      expect(asked.status).toBe(202)
      expect(asked.setCookies).toEqual([
        {
          name: 'login',
          value: expect.stringMatching(/^[\w-]{43}$/),
          attributes: ['path=/', 'httponly', 'samesite=lax'],
          maxAge: 600,
        },
      ])
      const mail = await mailWith(app, member.email, '/login/confirm')
      expect(mail.text).toContain('&next=%2Faccount')
      const token = await mailedToken(app, member.email, '/login/confirm')
      expectProblem(await aVisitor(app).post('/api/auth/login/link/confirm', { token }), 400, 'invalid_link')
      const signedIn = await visitor.post('/api/auth/login/link/confirm', { token, remember: true })
      expect(signedIn.status).toBe(200)
      expect(signedIn.json.user.id).toBe(member.signedUp.user.id)
      expect(signedIn.setCookies.map(({ name }) => name)).toEqual(['access', 'refresh', 'device', 'login'])
      expect((await visitor.get('/api/me')).json.emailVerified).toBe(true)
      expectProblem(await visitor.post('/api/auth/login/link/confirm', { token }), 400, 'invalid_link')
    })

    it('opens one by code, and by no guess', async () => {
      const member = await aMember(app)
      const visitor = aVisitor(app)
      await visitor.post('/api/auth/login/link', { email: member.email })
      const { text } = await mailWith(app, member.email, '/login/confirm')
      const code = /^(\d{6})$/m.exec(text)?.[1] ?? ''
      const wrong = code === '000000' ? '000001' : '000000'
      expectProblem(await visitor.post('/api/auth/login/code', { code: wrong }), 400, 'invalid_code')
      expectProblem(await aVisitor(app).post('/api/auth/login/code', { code }), 400, 'invalid_code')
      expect((await visitor.post('/api/auth/login/code', { code })).status).toBe(200)
    })

    it('tells by nothing whether the address has an account', async () => {
      const { email } = await aMember(app)
      const answers = []
      for (const address of [email, anEmail()]) {
        const visitor = aVisitor(app)
        const asked = await visitor.post('/api/auth/login/link', { email: address })
        const guessed = await visitor.post('/api/auth/login/code', { code: 'x' })
        const shape = [asked, guessed].map(({ status, text, setCookies }) => [
          status,
          text,
          setCookies.map(({ name, value, maxAge }) => [name, value.length, maxAge]),
        ])
        answers.push(shape)
      }
      expect(answers[0]).toEqual(answers[1])
    })
  })

  describe('for a change of address', () => {
    async function change(member: Member, email = anEmail()): Promise<string> {
      const asked = await member.post('/api/auth/email/change', { email, password: PASSWORD })
      if (asked.status !== 202) throw new Error(asked.text)
      const token = await mailedToken(app, email, '/verify-email')
      expect((await aVisitor(app).post('/api/auth/email/verify', { token })).status).toBe(204)
      return email
    }

    it('changes it once it is proved, tells the old one, which may undo it', async () => {
      const member = await aMember(app)
      const changed = await change(member)
      expect((await member.get('/api/me')).json).toMatchObject({ email: changed, emailVerified: true })
      expect((await logIn(member.email)).status).toBe(401)
      expect((await logIn(changed)).status).toBe(200)
      const mail = await mailWith(app, member.email, '/secure-account')
      expect(mail.text).toContain(changed)

      expect((await aVisitor(app).post('/api/auth/signup', { email: member.email, password: PASSWORD })).status).toBe(
        409,
      )
      const token = await mailedToken(app, member.email, '/secure-account')
      const secured = await aVisitor(app).post('/api/auth/secure', { token })
      expect(secured.status).toBe(204)
      expectCookiesCleared(secured)
      expect((await logIn(changed)).status).toBe(401)
      const reset = await mailedToken(app, member.email, '/reset-password')
      const fields = { token: reset, password: NEW_PASSWORD }
      expect((await aVisitor(app).post('/api/auth/password/reset', fields)).status).toBe(204)
      expect((await logIn(member.email, NEW_PASSWORD)).json.user.email).toBe(member.email)
    })

    it('happens once a week', async () => {
      const member = await aMember(app)
      await change(member)
      const again = await member.post('/api/auth/email/change', { email: anEmail(), password: PASSWORD })
      expectProblem(again, 429, 'rate_limited')
      expect(again.header('ratelimit-policy')).toBe('"email-change";q=1;w=604800')
    })

    it('tells nobody whether the new address has an account', async () => {
      const [member, other] = [await aMember(app), await aMember(app)]
      const [taken, free] = [other.email, anEmail()]
      for (const email of [taken, free]) {
        const asked = await member.post('/api/auth/email/change', { email, password: PASSWORD })
        expect([asked.status, asked.text]).toEqual([202, ''])
      }
      await mailedToken(app, free, '/verify-email')
      const told = app.recorder.mails.findLast(({ to }) => to === taken)
      expect(told?.text).toContain(`${ISSUER}/login`)
      expect(told?.text).not.toContain('token=')
    })

    it('needs the password', async () => {
      const member = await aMember(app)
      const fields = { email: anEmail(), password: 'not the password' }
      expectProblem(await member.post('/api/auth/email/change', fields), 403, 'wrong_password')
      expectProblem(await aVisitor(app).post('/api/auth/email/change', fields), 401, 'unauthenticated')
    })
  })

  it('asks the owner of a log-in from a device that is new, and of no other', async () => {
    const member = await aMember(app)
    await logIn(member.email, PASSWORD, member)
    const thief = aVisitor(app)
    await logIn(member.email, PASSWORD, thief)
    const token = await mailedToken(app, member.email, '/secure-account')
    const asked = app.recorder.mails.filter(({ to, text }) => to === member.email && text.includes('/secure-account'))
    expect(asked.length).toBe(1)
    expect((await aVisitor(app).post('/api/auth/secure', { token })).status).toBe(204)
    expectProblem(await thief.get('/api/me'), 401, 'unauthenticated')
    expect((await logIn(member.email)).status).toBe(401)
  })

  describe('of which every link', () => {
    it('is built from our own address, whatever host the request names', async () => {
      const { email } = await aMember(app)
      const headers = {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'content-type': 'application/json',
        'cf-connecting-ip': '192.0.2.77',
      }
      const body = JSON.stringify({ email })
      await send(`${app.url}/api/auth/password/forgot`, { method: 'POST', headers, body })
      const mail = await mailWith(app, email, '/reset-password')
      expect(mail.text + mail.html).not.toContain('evil.example')
    })

    it('does nothing by being opened, however often', async () => {
      const member = await aMember(app)
      const token = await mailedToken(app, member.email, '/verify-email')
      for (const method of ['GET', 'HEAD', 'GET']) {
        const opened = await aVisitor(app).send(`/verify-email?token=${token}`, { method })
        expect(opened.status).toBe(200)
      }
      expect((await member.get('/api/me')).json.emailVerified).toBe(false)
      expect((await aVisitor(app).post('/api/auth/email/verify', { token })).status).toBe(204)
    })

    it.each(MAILED_PAGES)('to %s tells its token to nobody', async (path) => {
      const page = await aVisitor(app).get(`${path}?token=secret-token`)
      expect(page.status).toBe(200)
      expect(page.header('referrer-policy')).toBe('no-referrer')
      expect(page.header('cache-control')).toMatch(/no-store/)
      expect(page.text, 'links and pictures of other origins').not.toMatch(/(?:href|src)="(?:https?:)?\/\//)
      expect(page.text).toMatch(/<form[^>]* method="post"/i)
    })

    it.each([
      ['/api/auth/password/reset', '/reset-password', { password: 'short' }],
      ['/api/auth/email/verify', '/verify-email', {}],
      ['/api/auth/login/link/confirm', '/login/confirm', {}],
      ['/api/auth/secure', '/secure-account', {}],
      ['/api/auth/signup/finish', '/signup/finish', { password: 'x' }],
    ])('used by a form that is refused, %s, keeps the token out of the way back', async (route, path, fields) => {
      const visitor = aVisitor(app)
      const token = 'A'.repeat(43)
      const back = await visitor.send(route, { method: 'POST', form: { token, ...fields }, headers: FORM })
      expect(back.status).toBe(303)
      expect(back.header('location')).toMatch(new RegExp(`^${path}\\?error=`))
      expect(back.header('location')).not.toContain(token)
      expect((await visitor.get(back.header('location') ?? '')).text, 'and in the form again').toContain(token)
    })

    it('is in no log', async () => {
      const member = await aMember(app)
      const token = await mailedToken(app, member.email, '/verify-email')
      await aVisitor(app).get(`/verify-email?token=${token}`)
      await aVisitor(app).post('/api/auth/email/verify', { token })
      expect(app.output()).not.toContain(token)
      expect(app.output()).not.toContain(member.email)
      expect(app.output()).toContain('"event":"email.verified"')
    })
  })

  it('that goes by a form leads on where it should', async () => {
    const member = await aMember(app)
    const post = (visitor: Visitor, path: string, form: Record<string, string>) =>
      visitor.send(path, { method: 'POST', form, headers: FORM })
    const visitor = aVisitor(app)
    const forgot = await post(visitor, '/api/auth/password/forgot', { email: member.email })
    expect([forgot.status, forgot.header('location')]).toEqual([303, '/forgot-password?done=forgot'])
    const token = await mailedToken(app, member.email, '/reset-password')
    const reset = await post(visitor, '/api/auth/password/reset', { token, password: NEW_PASSWORD })
    expect([reset.status, reset.header('location')]).toEqual([303, '/login?done=reset'])
    expect((await visitor.get('/login?done=reset')).text, 'the address is filled in').toContain(member.email)
    const link = await post(visitor, '/api/auth/login/link', { email: member.email, next: '/account' })
    expect(link.header('location')).toBe('/login/link?done=link&next=%2Faccount')
    const mailed = await mailedToken(app, member.email, '/login/confirm')
    const confirmed = await post(visitor, '/api/auth/login/link/confirm', { token: mailed, next: '/account' })
    expect([confirmed.status, confirmed.header('location')]).toEqual([303, '/account'])
  })
})
