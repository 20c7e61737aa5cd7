import { describe, expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aMember, anEmail, aVisitor, describeApp, PASSWORD, readToken } from './support/app.ts'
import { expectProblem, expectSignedInBody, expectSignInCookiesSet } from './support/promises.ts'

const DAY = 86_400

describeApp('POST /api/auth/signup', (app) => {
  it('creates an account and signs its owner in', async () => {
    const visitor = aVisitor(app)
    const email = anEmail()
    const answer = await visitor.post('/api/auth/signup', { email, password: PASSWORD })
    expect(answer.status).toBe(201)
    expect(answer.header('content-type')).toBe('application/json')
    expectSignedInBody(answer.json)
    expect(answer.json.user).toMatchObject({ email, name: null })
    expectSignInCookiesSet(answer, null)
    expect((await visitor.get('/api/me')).json).toEqual(answer.json.user)
  })

  it('gives the session a day and the access token ten minutes', async () => {
    const { signedUp } = await aMember(app)
    const created = Date.parse(signedUp.user.createdAt)
    expect(Math.abs(created - Date.now())).toBeLessThan(10_000)
    expect((Date.parse(signedUp.session.expiresAt) - created) / 1_000).toBeCloseTo(DAY, -1)
    expect((Date.parse(signedUp.session.accessExpiresAt) - created) / 1_000).toBeCloseTo(600, -1)
  })

  it('remembers for thirty days who wants to be remembered', async () => {
    const visitor = aVisitor(app)
    const answer = await visitor.post('/api/auth/signup', { email: anEmail(), password: PASSWORD, remember: true })
    expectSignInCookiesSet(answer, 30 * DAY)
    const { user, session } = answer.json
    expect((Date.parse(session.expiresAt) - Date.parse(user.createdAt)) / 1_000).toBeCloseTo(30 * DAY, -1)
  })

  it('issues an access token after RFC 9068 that says who, and no more', async () => {
    const { cookies, signedUp } = await aMember(app)
    const { header, claims } = readToken(cookies.get('access'))
    expect(header).toEqual({ alg: 'ES256', kid: expect.any(String), typ: 'at+jwt' })
    expect(claims).toEqual({
      iss: app.url,
      aud: app.url,
      sub: signedUp.user.id,
      sid: signedUp.session.id,
      roles: ['user'],
      iat: expect.any(Number),
      exp: Date.parse(signedUp.session.accessExpiresAt) / 1_000,
    })
  })

  it('hands the tokens to a client that keeps them itself, and sets no cookie', async () => {
    const fields = { email: anEmail(), password: PASSWORD, delivery: 'body' }
    const { status, json, setCookies } = await aVisitor(app).post('/api/auth/signup', fields)
    expect(status).toBe(201)
    const { accessToken, refreshToken, expiresIn, ...body } = json
    expectSignedInBody(body)
    expect(expiresIn).toBe(600)
    expect(setCookies).toEqual([])
    const bearer = { authorization: `Bearer ${accessToken}` }
    expect((await aVisitor(app).get('/api/me', bearer)).json).toEqual(body.user)
    expect((await aVisitor(app).post('/api/auth/refresh', { refreshToken })).status).toBe(200)
  })

  it('keeps the address and the name as typed, without spaces around', async () => {
    const email = anEmail()
    const fields = { email: `  ${email.toUpperCase()} `, password: PASSWORD, name: '  Ada Löve  lace ' }
    const { json } = await aVisitor(app).post('/api/auth/signup', fields)
    expect(json.user).toMatchObject({ email: email.toUpperCase(), name: 'Ada Löve  lace' })
    const nameless = await aVisitor(app).post('/api/auth/signup', { email: anEmail(), password: PASSWORD, name: '  ' })
    expect(nameless.json.user.name).toBeNull()
  })

  it('takes another spelling of a taken address for the same address', async () => {
    const { email } = await aMember(app)
    for (const spelling of [email, email.toUpperCase(), ` ${email}\t`, email.replace('example', 'ｅxample')]) {
      const answer = await aVisitor(app).post('/api/auth/signup', { email: spelling, password: PASSWORD })
      expectProblem(answer, 409, 'email_taken')
      expect(answer.setCookies).toEqual([])
    }
  })

  it('takes no field that is not the visitor’s to fill in', async () => {
    const fields = { email: anEmail(), password: PASSWORD, roles: ['admin'], emailVerified: true, id: 'x' }
    const { json } = await aVisitor(app).post('/api/auth/signup', fields)
    expectSignedInBody(json)
    expect(json.user.id).not.toBe('x')
  })

  it.each(['form', 'multipart'] as const)('takes a %s from a client that accepts JSON', async (encoding) => {
    const fields = { email: anEmail(), password: PASSWORD, name: 'Ada', remember: 'on' }
    const accept = { accept: 'application/json' }
    const answer = await aVisitor(app).send('/api/auth/signup', { [encoding]: fields, headers: accept })
    expect(answer.status).toBe(201)
    expect(answer.json.user.name).toBe('Ada')
    expectSignInCookiesSet(answer, 30 * DAY)
  })

  describe('refuses fields by name', () => {
    const good = { email: 'ada.lovelace@example.com', password: PASSWORD }
    it.each<[string, object, string[]]>([
      ['nothing at all', {}, ['email', 'password']],
      ['an empty address', { ...good, email: '' }, ['email']],
      ['an address without a host', { ...good, email: 'ada' }, ['email']],
      ['an address without a dot in its host', { ...good, email: 'ada@localhost' }, ['email']],
      ['an address of 255 characters', { ...good, email: `${'a'.repeat(243)}@example.com` }, ['email']],
      ['a number for an address', { ...good, email: 7 }, ['email']],
      ['a list of addresses', { ...good, email: ['a@example.com'] }, ['email']],
      ['no password', { ...good, password: null }, ['password']],
      ['a password of 7 characters', { ...good, password: 'xk7!q9z' }, ['password']],
      ['a password of 257 characters', { ...good, password: 'xk7!'.repeat(65) }, ['password']],
      ['a common password', { ...good, password: 'Password1' }, ['password']],
      ['a password made of the address', { ...good, password: 'ada.lovelace' }, ['password']],
      ['a password made of the name', { ...good, password: 'gracehopper1', name: 'Grace Hopper' }, ['password']],
      ['a name of 101 characters', { ...good, name: 'é'.repeat(101) }, ['name']],
      ['a name with a line break', { ...good, name: 'Ada\nLovelace' }, ['name']],
      ['a name that is an object', { ...good, name: {} }, ['name']],
      ['an unknown delivery', { ...good, delivery: 'mail' }, ['delivery']],
      ['a remember that is no yes or no', { ...good, remember: 'maybe' }, ['remember']],
      ['two wrong fields', { email: 'x', password: 'y' }, ['email', 'password']],
    ])('%s', async (_, fields, wrong) => {
      const answer = await aVisitor(app).post('/api/auth/signup', fields)
      expectProblem(answer, 422, 'invalid_fields')
      expect(Object.keys(answer.json.errors).sort()).toEqual(wrong)
      for (const messages of Object.values(answer.json.errors)) expect(messages).toEqual([expect.any(String)])
      expect(answer.setCookies).toEqual([])
    })
  })

  it('takes passwords of 8 and of 256 characters, counted as people count', async () => {
    for (const password of ['xk7!q9zü', '🔑'.repeat(255).concat('x')]) {
      const visitor = aVisitor(app)
      const email = anEmail()
      expect((await visitor.post('/api/auth/signup', { email, password })).status).toBe(201)
      expect((await visitor.post('/api/auth/login', { email, password })).status).toBe(200)
    }
  })
})

describeApp(
  'Many sign-ups at once',
  (app) => {
    it('make one account of one address, which logs in', async () => {
      const email = anEmail()
      const answers = await Promise.all(
        Array.from({ length: 30 }, () => aVisitor(app).post('/api/auth/signup', { email, password: PASSWORD })),
      )
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 29 }, () => 409)])
      const created = answers.find(({ status }) => status === 201)
      const login = await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })
      expect(login.json.user).toEqual(created?.json.user)
    })
  },
  { settings: PROFILES.short },
)
