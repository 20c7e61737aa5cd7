import { describe, expect, it } from 'vitest'
import { aMember, aVisitor, cookieHeader, describeApp } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

const LOGOUT = '/api/auth/logout'
const OWN = 'own'
const EVIL = 'https://evil.example'

/** Not among these, as the local Workers runtime rewrites it: our own host over another scheme. */
describeApp('A state-changing request', (app) => {
  describe('is taken', () => {
    it.each<[string, Record<string, string>]>([
      ['without a word about its origin, as from no browser', {}],
      ['from our own pages', { origin: OWN, 'sec-fetch-site': 'same-origin' }],
      ['from our own pages, in a browser that knows no Sec-Fetch-Site', { origin: OWN }],
      ['from our own pages, in a browser that sends no Origin', { 'sec-fetch-site': 'same-origin' }],
      [
        'from our own pages, when privacy settings blank the origin',
        { origin: 'null', 'sec-fetch-site': 'same-origin' },
      ],
      ['that the user began', { 'sec-fetch-site': 'none' }],
    ])('%s', async (_, headers) => {
      expect((await aVisitor(app).post(LOGOUT, undefined, ours(headers))).status).toBe(204)
    })
  })

  describe('is refused', () => {
    it.each<[string, Record<string, string>]>([
      ['from another site', { origin: EVIL, 'sec-fetch-site': 'cross-site' }],
      ['from another site, in an old browser', { origin: EVIL }],
      ['from another host of the same site', { origin: OWN, 'sec-fetch-site': 'same-site' }],
      ['from another site that hides its origin', { origin: 'null' }],
      ['from another site that hides its origin, in a new browser', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
      ['when the browser says cross-site, whatever the origin', { origin: OWN, 'sec-fetch-site': 'cross-site' }],
      ['when the origin is another, whatever else is said', { origin: EVIL, 'sec-fetch-site': 'same-origin' }],
      ['without an origin when the browser says cross-site', { 'sec-fetch-site': 'cross-site' }],
      ['with a Sec-Fetch-Site that nobody knows', { origin: OWN, 'sec-fetch-site': 'x' }],
      ['from another port of this host', { origin: 'http://127.0.0.1:1' }],
      ['from an origin that begins like ours', { origin: 'own-and-more' }],
      ['from what is no origin', { origin: 'x' }],
      ['from another site by way of X-Forwarded-Host', { origin: EVIL, 'x-forwarded-host': 'evil.example' }],
      ['from another site by way of Forwarded', { origin: EVIL, forwarded: 'host=evil.example;proto=https' }],
      ['from another site by way of our own header', { origin: EVIL, 'x-gatehouse-url': `${EVIL}/` }],
      ['from another site, disguised as another method', { origin: EVIL, 'x-http-method-override': 'GET' }],
    ])('%s', async (_, headers) => {
      const answer = await aVisitor(app).post(LOGOUT, undefined, ours(headers))
      expectProblem(answer, 403, 'cross_origin')
      expect(answer.setCookies).toEqual([])
    })
  })

  it('is refused before anything else happens', async () => {
    const member = await aMember(app)
    const headers = { origin: EVIL, cookie: cookieHeader(member) }
    for (const path of ['signup', 'login', 'refresh', 'logout', 'session', 'nope'].map((name) => `/api/auth/${name}`)) {
      const malformed = { method: 'POST', body: '{', headers: { ...headers, 'content-type': 'application/json' } }
      expectProblem(await member.send(path, malformed), 403, 'cross_origin')
    }
    for (const method of ['PUT', 'PATCH', 'DELETE', 'POST']) {
      expectProblem(await member.send('/api/me', { method, headers }), 403, 'cross_origin')
      expect((await member.send('/dashboard', { method, headers })).status).toBe(403)
    }
    expect((await member.get('/api/me')).status).toBe(200)
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
  })

  it('as a form of another site is refused, and not redirected', async () => {
    const form = { email: 'ada@example.com', password: 'x' }
    expectProblem(await aVisitor(app).send('/api/auth/login', { form, headers: { origin: EVIL } }), 403, 'cross_origin')
  })

  it('is the only kind that has to come from here', async () => {
    const member = await aMember(app)
    const headers = { origin: EVIL, 'sec-fetch-site': 'cross-site' }
    expect((await member.get('/api/auth/session', headers)).status).toBe(200)
    expect((await member.get('/dashboard', headers)).status).toBe(200)
    expect((await member.send('/api/me', { method: 'HEAD', headers })).status).toBe(200)
  })

  it('gains nothing by a Host that is half an address', async () => {
    for (const host of ['evil.example/x', 'evil.example?x', 'evil.example#x', 'evil.example\\x']) {
      const { status } = await aVisitor(app)
        .send('/api/auth/session', { headers: { host } })
        .catch(() => ({ status: 400 }))
      expect([200, 400], host).toContain(status)
      const posted = await aVisitor(app)
        .post(LOGOUT, undefined, { host, origin: EVIL })
        .catch(() => ({ status: 400 }))
      expect([400, 403, 405], host).toContain(posted.status)
    }
  })

  function ours(headers: Record<string, string>): Record<string, string> {
    const origins: Record<string, string> = {
      [OWN]: app.url,
      'own-and-more': `${app.url}.evil.example`,
    }
    const { origin } = headers
    return origin === undefined ? headers : { ...headers, origin: origins[origin] ?? origin }
  }
})
