import { expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { aMember, anEmail, aVisitor, describeApp, PASSWORD } from './support/app.ts'
import { expectProblem, expectSignedInBody, expectSignInCookiesSet } from './support/promises.ts'

describeApp('POST /api/auth/login', (app) => {
  it('opens another session of the same account', async () => {
    const { email, signedUp } = await aMember(app)
    const answer = await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD })
    expect(answer.status).toBe(200)
    expectSignedInBody(answer.json)
    expect(answer.json.user).toEqual(signedUp.user)
    expect(answer.json.session.id).not.toBe(signedUp.session.id)
    expectSignInCookiesSet(answer, null)
  })

  it('remembers for thirty days who wants to be remembered', async () => {
    const { email } = await aMember(app)
    for (const remember of [true, 'on', 'true', '1']) {
      const answer = await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD, remember })
      expectSignInCookiesSet(answer, 30 * 86_400)
    }
    for (const remember of [false, 'false', '0', '']) {
      const answer = await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD, remember })
      expectSignInCookiesSet(answer, null)
    }
  })

  it('hands the tokens to a client that keeps them itself, and sets no cookie', async () => {
    const { email, signedUp } = await aMember(app)
    const fields = { email, password: PASSWORD, delivery: 'body' }
    const { json, setCookies } = await aVisitor(app).post('/api/auth/login', fields)
    const { accessToken, expiresIn, ...body } = json
    expectSignedInBody({ user: body.user, session: body.session })
    expect(Object.keys(body).sort()).toEqual(['refreshToken', 'session', 'user'])
    expect(expiresIn).toBe(600)
    expect(setCookies).toEqual([])
    const me = await aVisitor(app).get('/api/me', { authorization: `bearer ${accessToken}` })
    expect(me.json).toEqual(signedUp.user)
  })

  it('knows an address and a password in every spelling that is the same text', async () => {
    const visitor = aVisitor(app)
    const email = anEmail()
    await visitor.post('/api/auth/signup', { email, password: 'ﬁne Å⁹ passphrase' })
    const fields = { email: ` ${email.toUpperCase()} `, password: 'fine Å9 passphrase' }
    expect((await aVisitor(app).post('/api/auth/login', fields)).status).toBe(200)
  })

  it.each(['form', 'multipart'] as const)('takes a %s from a client that accepts JSON', async (encoding) => {
    const { email } = await aMember(app)
    const headers = { accept: 'text/html;q=0.5, application/json' }
    const answer = await aVisitor(app).send('/api/auth/login', { [encoding]: { email, password: PASSWORD }, headers })
    expect(answer.status).toBe(200)
    expectSignedInBody(answer.json)
  })

  it('refuses a wrong password, and one that differs in case or by a space', async () => {
    const { email } = await aMember(app)
    for (const password of ['wrong', PASSWORD.toUpperCase(), `${PASSWORD} `]) {
      const answer = await aVisitor(app).post('/api/auth/login', { email, password })
      expectProblem(answer, 401, 'invalid_credentials')
      expect(answer.setCookies).toEqual([])
    }
  })

  it('leaves the session alone that a visitor has when a login fails', async () => {
    const member = await aMember(app)
    await member.post('/api/auth/login', { email: member.email, password: 'wrong' })
    expect((await member.get('/api/me')).status).toBe(200)
  })

  it('answers with the same bytes whether or not the address is known', async () => {
    const { email } = await aMember(app)
    const ask = (address: string) => aVisitor(app).post('/api/auth/login', { email: address, password: 'wrong' })
    expect(visibleParts(await ask(email))).toEqual(visibleParts(await ask(anEmail())))
  })

  it('sends a form back alike whether or not the address is known', async () => {
    const { email } = await aMember(app)
    const ask = (address: string) =>
      aVisitor(app).send('/api/auth/login', { form: { email: address, password: 'wrong' } })
    const [known, unknown] = [await ask(email), await ask(`${'x'.repeat(36)}@example.com`)]
    expect(known.header('location')).toBe('/login?error=invalid_credentials')
    expect(withoutTyped(known)).toEqual(withoutTyped(unknown))
  })

  it.each([
    ['nothing at all', {}, ['email', 'password']],
    ['no address', { password: 'x' }, ['email']],
    ['what is no address', { email: 'ada', password: 'x' }, ['email']],
    ['no password', { email: 'ada@example.com' }, ['password']],
    ['an empty password', { email: 'ada@example.com', password: '' }, ['password']],
    ['a password that nobody can have', { email: 'ada@example.com', password: 'x'.repeat(257) }, ['password']],
    ['an unknown delivery', { email: 'ada@example.com', password: 'x', delivery: 1 }, ['delivery']],
  ])('refuses %s by the name of the field', async (_, fields, wrong) => {
    const answer = await aVisitor(app).post('/api/auth/login', fields)
    expectProblem(answer, 422, 'invalid_fields')
    expect(Object.keys(answer.json.errors).sort()).toEqual(wrong)
  })
})

/** All that a client sees, but for the time of day. */
function visibleParts({ status, fields, text }: Answer) {
  return { status, text, fields: fields.filter(([name]) => name !== 'date') }
}

/** Likewise, but for the cookie that holds what was typed. */
function withoutTyped(answer: Answer) {
  expect(answer.setCookies.map(({ name }) => name)).toEqual(['form'])
  const { fields, ...rest } = visibleParts(answer)
  return { ...rest, fields: fields.map(([name, value]) => (name === 'set-cookie' ? [name] : [name, value])) }
}
