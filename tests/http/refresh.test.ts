import { describe, expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aMember, aVisitor, cookieHeader, describeApp, PASSWORD, readToken, waitUntil } from './support/app.ts'
import { expectCookiesCleared, expectCookiesSet, expectProblem, expectSignedInBody } from './support/promises.ts'

const REFRESH = '/api/auth/refresh'

describeApp('POST /api/auth/refresh', (app) => {
  it('gives the successor of the newest token, and a new access token', async () => {
    const member = await aMember(app)
    const [access, refresh] = [member.cookies.get('access'), member.cookies.get('refresh')]
    const answer = await member.post(REFRESH)
    expect(answer.status).toBe(200)
    expectSignedInBody(answer.json)
    expect(answer.json.user).toEqual(member.signedUp.user)
    expect(answer.json.session).toMatchObject({
      id: member.signedUp.session.id,
      expiresAt: member.signedUp.session.expiresAt,
    })
    expectCookiesSet(answer, null)
    expect(member.cookies.get('refresh')).not.toBe(refresh)
    expect(member.cookies.get('access')).not.toBe(access)
    expect(readToken(member.cookies.get('access')).claims.sid).toBe(member.signedUp.session.id)
    expect((await member.get('/api/me')).status).toBe(200)
  })

  it('needs no access token', async () => {
    const member = await aMember(app)
    const answer = await member.send(REFRESH, {
      method: 'POST',
      headers: { cookie: cookieHeader(member, { access: null }) },
    })
    expect(answer.status).toBe(200)
  })

  it('remembers on for what is left of the thirty days', async () => {
    const member = await aMember(app, { remember: true })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const answer = await member.post(REFRESH)
    expectCookiesSet(answer, 30 * 86_400 - 1)
    expect(answer.json.session.expiresAt).toBe(member.signedUp.session.expiresAt)
  })

  it('gives one same successor to 50 requests at once with one token', async () => {
    const member = await aMember(app)
    const headers = { cookie: cookieHeader(member) }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => aVisitor(app).send(REFRESH, { method: 'POST', headers })),
    )
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200))
    expect(new Set(answers.map(successor)).size).toBe(1)
    expect(
      (await aVisitor(app).send(REFRESH, { method: 'POST', headers: { cookie: `refresh=${successor(answers[0])}` } }))
        .status,
    ).toBe(200)
  })

  it('gives the same successor again when the predecessor comes within the grace', async () => {
    const member = await aMember(app)
    const before = { cookie: cookieHeader(member) }
    const first = successor(await member.post(REFRESH))
    const again = await member.send(REFRESH, { method: 'POST', headers: before })
    expect(again.status).toBe(200)
    expect(successor(again)).toBe(first)
  })

  it('ends the session for everyone when a spent token comes back', async () => {
    const member = await aMember(app)
    const stolen = { cookie: cookieHeader(member) }
    await member.post(REFRESH)
    await member.post(REFRESH)
    const newest = cookieHeader(member)
    const thief = aVisitor(app)
    const reused = await thief.send(REFRESH, { method: 'POST', headers: stolen })
    expectProblem(reused, 401, 'refresh_reused')
    expectCookiesCleared(reused)

    const victim = await member.send(REFRESH, { method: 'POST', headers: { cookie: newest } })
    expectProblem(victim, 401, 'session_revoked')
    expectCookiesCleared(victim)
    expectProblem(await thief.get('/api/me', { cookie: newest }), 401, 'unauthenticated')
    expect((await aVisitor(app).post('/api/auth/login', { email: member.email, password: PASSWORD })).status).toBe(200)
  })

  it('refuses without any token', async () => {
    const answer = await aVisitor(app).post(REFRESH)
    expectProblem(answer, 401, 'invalid_token')
    expectCookiesCleared(answer)
  })

  describe('refuses a token that was', () => {
    it.each<[string, (token: string) => string]>([
      ['cut short', (token) => token.slice(0, -1)],
      ['lengthened', (token) => `${token}A`],
      ['altered in its MAC', (token) => token.replace(/.(?=.{9}$)/, (c) => (c === 'A' ? 'B' : 'A'))],
      ['numbered anew', (token) => token.replace('.1.', '.2.')],
      ['given to another session', (token) => withPart(token, 3, 'A'.repeat(22))],
      ['given to another user', (token) => withPart(token, 2, 'A'.repeat(22))],
      ['signed under another secret', (token) => withPart(token, 1, 'AAAAAAAA')],
      ['made up', () => 'v1.x.y.z'],
      ['emptied', () => ''],
      ['taken for another: the access token', () => 'eyJhbGciOiJFUzI1NiJ9.e30.AAAA'],
    ])('%s', async (_, forge) => {
      const member = await aMember(app)
      const genuine = cookieHeader(member)
      const refresh = forge(member.cookies.get('refresh') ?? '')
      const forged = await member.send(REFRESH, { method: 'POST', headers: { cookie: `refresh=${refresh}` } })
      expectProblem(forged, 401, 'invalid_token')
      expectCookiesCleared(forged)
      expect((await member.send(REFRESH, { method: 'POST', headers: { cookie: genuine } })).status).toBe(200)
    })
  })

  describe('with the token in the body', () => {
    it('answers with the tokens in the body, and touches no cookie', async () => {
      const { refreshToken, ...before } = await aTokenKeeper()
      const answer = await aVisitor(app).post(REFRESH, { refreshToken })
      const { accessToken, refreshToken: next, expiresIn, ...body } = answer.json
      expect(answer.status).toBe(200)
      expectSignedInBody(body)
      expect(body.session.id).toBe(before.session.id)
      expect(next).not.toBe(refreshToken)
      expect(expiresIn).toBe(600)
      expect(answer.setCookies).toEqual([])
      const me = await aVisitor(app).get('/api/me', { authorization: `Bearer ${accessToken}` })
      expect(me.json).toEqual(body.user)
    })

    it('goes before a cookie', async () => {
      const member = await aMember(app)
      const { refreshToken, session } = await aTokenKeeper()
      const answer = await member.post(REFRESH, { refreshToken })
      expect(answer.json.session.id).toBe(session.id)
      expect(answer.setCookies).toEqual([])
    })

    it('refuses a bad one without clearing cookies', async () => {
      const member = await aMember(app)
      const answer = await member.post(REFRESH, { refreshToken: 'v1.x' })
      expectProblem(answer, 401, 'invalid_token')
      expect(answer.setCookies).toEqual([])
    })

    it('refuses what is no text', async () => {
      for (const refreshToken of ['', 1, null, ['v1.x']]) {
        const answer = await aVisitor(app).post(REFRESH, { refreshToken })
        expectProblem(answer, 422, 'invalid_fields')
        expect(Object.keys(answer.json.errors)).toEqual(['refreshToken'])
      }
    })

    /** A client that keeps its tokens itself. */
    async function aTokenKeeper() {
      const fields = { email: `${crypto.randomUUID()}@example.com`, password: PASSWORD, delivery: 'body' }
      return (await aVisitor(app).post('/api/auth/signup', fields)).json
    }
  })
})

describeApp(
  'Refreshing late',
  (app) => {
    it.concurrent('gives a new successor after the grace, and the superseded one ends the session for both', async () => {
      const member = await aMember(app, { remember: true })
      const predecessor = { cookie: cookieHeader(member) }
      const refreshed = await member.post(REFRESH)
      const superseded = { cookie: `refresh=${successor(refreshed)}` }
      await graceIsOver()
      const late = await member.send(REFRESH, { method: 'POST', headers: predecessor })
      expect(late.status).toBe(200)
      expect(successor(late)).not.toBe(successor(refreshed))

      expectProblem(await member.send(REFRESH, { method: 'POST', headers: superseded }), 401, 'refresh_reused')
      const newest = { cookie: `refresh=${successor(late)}` }
      expectProblem(await member.send(REFRESH, { method: 'POST', headers: newest }), 401, 'session_revoked')
    })

    it.concurrent('lets a client go on that never got its answer', async () => {
      const member = await aMember(app, { remember: true })
      const held = { cookie: cookieHeader(member) }
      await member.send(REFRESH, { method: 'POST', headers: held })
      await graceIsOver()
      const late = await member.send(REFRESH, { method: 'POST', headers: held })
      expect(late.status).toBe(200)
      expect((await member.post(REFRESH)).status).toBe(200)
    })

    it.concurrent('refuses when the session is past its end', async () => {
      const member = await aMember(app)
      await waitUntil(member.signedUp.session.expiresAt)
      const answer = await member.post(REFRESH)
      expectProblem(answer, 401, 'session_expired')
      expectCookiesCleared(answer)
    })

    it.concurrent('gives an access token that ends with the session', async () => {
      const member = await aMember(app)
      await waitUntil(member.signedUp.session.accessExpiresAt)
      const { json } = await member.post(REFRESH)
      expect(json.session.accessExpiresAt).toBe(json.session.expiresAt)
    })
  },
  { settings: PROFILES.short },
)

/** The grace is five seconds; clocks here count whole ones. */
function graceIsOver(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 6_100))
}

function successor(answer: { setCookies: { name: string; value: string }[] } | undefined): string | undefined {
  return answer?.setCookies.find(({ name }) => name === 'refresh')?.value
}

function withPart(token: string, index: number, part: string): string {
  return token.split('.').with(index, part).join('.')
}
