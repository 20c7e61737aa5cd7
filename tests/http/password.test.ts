import { describe, expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aMember, aVisitor, cookieHeader, describeApp, PASSWORD } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

const CHANGE = '/api/auth/password'
const NEW_PASSWORD = 'another good passphrase'

describeApp('POST /api/auth/password', (app) => {
  const logIn = (email: string, password: string) => aVisitor(app).post('/api/auth/login', { email, password })

  it('changes the password; every other session ends, and this one goes on', async () => {
    const member = await aMember(app)
    const other = aVisitor(app)
    await other.post('/api/auth/login', { email: member.email, password: PASSWORD })
    const held = cookieHeader(other)

    const answer = await member.post(CHANGE, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD })
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expect(answer.setCookies.map(({ name }) => name)).toEqual(['device'])

    expect((await member.get('/api/me')).status).toBe(200)
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
    const refresh = await other.send('/api/auth/refresh', { method: 'POST', headers: { cookie: held } })
    expectProblem(refresh, 401, 'session_revoked')
    expectProblem(await logIn(member.email, PASSWORD), 401, 'invalid_credentials')
    expect((await logIn(member.email, NEW_PASSWORD)).status).toBe(200)
  })

  it('refuses who does not know the password, and changes nothing', async () => {
    const member = await aMember(app)
    const answer = await member.post(CHANGE, { currentPassword: 'not the password', newPassword: NEW_PASSWORD })
    expectProblem(answer, 403, 'wrong_password')
    expect((await logIn(member.email, PASSWORD)).status).toBe(200)
    // Whoever holds the session may be a thief who guesses: its owner reads of it.
    await expect
      .poll(async () => (await member.get('/api/auth/activity')).json.activity)
      .toContainEqual(expect.objectContaining({ type: 'login.failed', ip: member.ip }))
  })

  it.each([
    ['no fields', {}, ['currentPassword', 'newPassword']],
    ['a short one', { currentPassword: PASSWORD, newPassword: 'short' }, ['newPassword']],
    ['a common one', { currentPassword: PASSWORD, newPassword: 'password1234' }, ['newPassword']],
    [
      'something else than text',
      { currentPassword: [PASSWORD], newPassword: { a: 1 } },
      ['currentPassword', 'newPassword'],
    ],
    ['one that nobody can have', { currentPassword: 'x'.repeat(300), newPassword: NEW_PASSWORD }, ['currentPassword']],
  ])('says what is wrong with %s', async (_, body, fields) => {
    const member = await aMember(app)
    const answer = await member.post(CHANGE, body)
    expectProblem(answer, 422, 'invalid_fields')
    expect(Object.keys(answer.json.errors).sort()).toEqual(fields)
  })

  it('refuses a password made of the owner’s address', async () => {
    const member = await aMember(app)
    const answer = await member.post(CHANGE, { currentPassword: PASSWORD, newPassword: member.email })
    expectProblem(answer, 422, 'invalid_fields')
  })

  it('needs a session, and one that has not been ended', async () => {
    const passwords = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }
    expectProblem(await aVisitor(app).post(CHANGE, passwords), 401, 'unauthenticated')
    const member = await aMember(app)
    const held = cookieHeader(member)
    await member.post('/api/auth/logout')
    expectProblem(await aVisitor(app).post(CHANGE, passwords, { cookie: held }), 401, 'unauthenticated')
    expect((await logIn(member.email, PASSWORD)).status).toBe(200)
  })

  it('does it once when it is asked twice at once', async () => {
    const member = await aMember(app)
    const change = () => member.post(CHANGE, { currentPassword: PASSWORD, newPassword: NEW_PASSWORD })
    const answers = await Promise.all([change(), change()])
    expect(answers.map(({ status }) => status)).toEqual([204, 204])
    expect((await member.get('/api/me')).status).toBe(200)
    expect((await logIn(member.email, NEW_PASSWORD)).status).toBe(200)
    const { json } = await member.get('/api/auth/activity')
    expect(json.activity.filter(({ type }: { type: string }) => type === 'password.changed')).toHaveLength(1)
  })

  it('lets one of two different new passwords in when they are set at once', async () => {
    const member = await aMember(app)
    const wanted = [NEW_PASSWORD, 'yet another passphrase']
    const answers = await Promise.all(
      wanted.map((newPassword) => member.post(CHANGE, { currentPassword: PASSWORD, newPassword })),
    )
    const logIns = await Promise.all(wanted.map((password) => logIn(member.email, password)))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403])
    expect(logIns.map(({ status }) => status)).toEqual(answers.map(({ status }) => (status === 204 ? 200 : 401)))
  })

  it('takes a bearer token', async () => {
    const { email } = await aMember(app)
    const { json } = await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD, delivery: 'body' })
    const authorization = `Bearer ${json.accessToken}`
    const passwords = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }
    expect((await aVisitor(app).post(CHANGE, passwords, { authorization })).status).toBe(204)
    const { refreshToken } = json
    expect((await aVisitor(app).post('/api/auth/refresh', { refreshToken })).status).toBe(200)
  })
})

describeApp(
  'The log-in limit of an account',
  (app) => {
    const guess = { currentPassword: 'wrong', newPassword: NEW_PASSWORD }

    it('counts attempts to change the password, and to delete the account', async () => {
      const member = await aMember(app, { remember: true })
      member.cookies.delete('device') // with which it would have as many attempts again
      expectProblem(await member.post(CHANGE, guess), 403, 'wrong_password')
      const deletion = await member.send('/api/me', { method: 'DELETE', json: { password: 'wrong' } })
      expectProblem(deletion, 403, 'wrong_password')
      expectProblem(await member.post(CHANGE, guess), 403, 'wrong_password')

      const right = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }
      const limited = await member.post(CHANGE, right)
      expectProblem(limited, 429, 'rate_limited')
      expect(limited.header('ratelimit-policy')).toBe('"login-account";q=3;w=3600')
      const tooMany = await member.send('/api/me', { method: 'DELETE', json: { password: PASSWORD } })
      expectProblem(tooMany, 429, 'rate_limited')
      expect((await member.get('/api/me')).status).toBe(200)
    })

    describe('is one', () => {
      it('for those attempts and for log-ins', async () => {
        const member = await aMember(app, { remember: true })
        for (let attempt = 0; attempt < 3; attempt++) await member.post(CHANGE, guess)
        const logIn = await aVisitor(app).post('/api/auth/login', { email: member.email, password: PASSWORD })
        expectProblem(logIn, 429, 'rate_limited')
      })
    })
  },
  { settings: PROFILES.short },
)
