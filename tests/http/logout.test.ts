import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aMember, anEmail, aVisitor, cookieHeader, describeApp, PASSWORD, waitUntil } from './support/app.ts'
import { expectCookiesCleared, expectProblem } from './support/promises.ts'

const LOGOUT = '/api/auth/logout'

describeApp('POST /api/auth/logout', (app) => {
  it('ends the session and takes the cookies away', async () => {
    const member = await aMember(app)
    const cookie = cookieHeader(member)
    const answer = await member.post(LOGOUT)
    expect(answer.status).toBe(204)
    expect(answer.text).toBe('')
    expectCookiesCleared(answer)
    expect([...member.cookies.keys()]).toEqual(['device'])

    expectProblem(
      await member.send('/api/auth/refresh', { method: 'POST', headers: { cookie } }),
      401,
      'session_revoked',
    )
    expectProblem(await member.get('/api/me', { cookie }), 401, 'unauthenticated')
    expect((await member.get('/api/auth/session', { cookie })).json).toEqual({ user: null, session: null })
  })

  it('leaves the account’s other sessions alone', async () => {
    const member = await aMember(app)
    const other = aVisitor(app)
    await other.post('/api/auth/login', { email: member.email, password: PASSWORD })
    await member.post(LOGOUT)
    expect((await other.get('/api/me')).status).toBe(200)
    expect((await other.post('/api/auth/refresh')).status).toBe(200)
  })

  it('answers alike without a session, and when it is done twice', async () => {
    const member = await aMember(app)
    const cookie = cookieHeader(member)
    const visits: Record<string, string>[] = [
      { cookie },
      { cookie },
      { cookie: 'access=x; refresh=v1.y' },
      { authorization: 'Bearer x' },
      {},
    ]
    for (const headers of visits) {
      const answer = await aVisitor(app).send(LOGOUT, { method: 'POST', headers })
      expect(answer.status).toBe(204)
      expectCookiesCleared(answer)
    }
  })

  it.each([
    ['access', 'refresh'],
    ['refresh', 'access'],
  ])('needs no more than the %s token', async (_, missing) => {
    const member = await aMember(app)
    const refresh = cookieHeader(member)
    await member.send(LOGOUT, { method: 'POST', headers: { cookie: cookieHeader(member, { [missing]: null }) } })
    const after = await member.send('/api/auth/refresh', { method: 'POST', headers: { cookie: refresh } })
    expectProblem(after, 401, 'session_revoked')
  })

  it('ends the session of a bearer token, which wins over cookies', async () => {
    const member = await aMember(app)
    const cookie = cookieHeader(member)
    const fields = { email: anEmail(), password: PASSWORD, delivery: 'body' }
    const { accessToken, refreshToken } = (await aVisitor(app).post('/api/auth/signup', fields)).json
    const answer = await member.send(LOGOUT, {
      method: 'POST',
      headers: { authorization: `Bearer ${accessToken}`, cookie },
    })
    expect(answer.status).toBe(204)
    expectProblem(await aVisitor(app).post('/api/auth/refresh', { refreshToken }), 401, 'session_revoked')
    expect((await member.get('/api/me', { cookie })).status).toBe(200)
  })
})

describeApp(
  'Logging out late',
  (app) => {
    it('ends the session of an access token that has run out', async () => {
      const member = await aMember(app, { remember: true })
      const refresh = cookieHeader(member, { access: null })
      await waitUntil(member.signedUp.session.accessExpiresAt)
      const cookie = cookieHeader(member, { refresh: null })
      expect((await member.send(LOGOUT, { method: 'POST', headers: { cookie } })).status).toBe(204)
      const after = await member.send('/api/auth/refresh', { method: 'POST', headers: { cookie: refresh } })
      expectProblem(after, 401, 'session_revoked')
    })
  },
  { settings: PROFILES.short },
)
