import { beforeAll, describe, expect, it } from 'vitest'
import { type Answer, send } from '../support/client.ts'
import { aMember, aVisitor, describeApp, type Member } from './support/app.ts'
import { expectProblem, expectPromisesKept } from './support/promises.ts'

/** Header fields by which hosts, frameworks and proxies talk among themselves, as a client might send them. */
const HEADERS: Record<string, string>[] = [
  { 'x-middleware-subrequest': 'middleware:middleware:middleware:middleware:middleware' },
  { 'x-middleware-subrequest': 'src/middleware:src/middleware:src/middleware:src/middleware:src/middleware' },
  { 'x-middleware-subrequest-id': 'x' },
  { 'x-middleware-next': '1' },
  { 'x-middleware-skip': '1' },
  { 'x-middleware-invoke': '1' },
  { 'x-middleware-prefetch': '1' },
  { 'x-middleware-rewrite': '/login' },
  { 'x-middleware-redirect': '/login' },
  { 'x-middleware-set-cookie': 'access=x' },
  {
    'x-middleware-override-headers': 'cookie,x-gatehouse-url',
    'x-middleware-request-cookie': 'access=x',
    'x-middleware-request-x-gatehouse-url': 'https://evil.example/',
  },
  { 'x-gatehouse-url': 'https://evil.example/dashboard' },
  { 'x-forwarded-host': 'evil.example' },
  { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example', 'x-forwarded-port': '1' },
  { 'x-original-url': '/login', 'x-rewrite-url': '/login' },
  { 'x-invoke-path': '/login', 'x-invoke-output': '/login', 'x-invoke-status': '200' },
  { 'x-matched-path': '/login', 'x-now-route-matches': '1=login' },
  { 'x-nextjs-rewrite': '/login', 'x-nextjs-redirect': '/login' },
  { 'x-prerender-revalidate': 'x' },
  { 'next-resume': '1', 'x-next-resume': '1' },
  { 'next-action': 'x' },
  { 'next-url': '/login' },
  { purpose: 'prefetch', 'sec-purpose': 'prefetch' },
  { 'x-http-method-override': 'OPTIONS' },
]

/** Ways of asking for one thing and getting another. */
const PATHS = [
  '//dashboard',
  '/dashboard/',
  '/dashboard//',
  '/./dashboard',
  '/x/../dashboard',
  '/login/../dashboard',
  '/login/%2e%2e/dashboard',
  '/%64ashboard',
  '/dashboar%64',
  '/%2fdashboard',
  '/dashboard%2f',
  '/dashboard%00',
  '/dashboard%20',
  '/dashboard;x',
  '/dashboard.',
  '/dashboard.rsc',
  '/dashboard.txt',
  '/dashboard.json',
  '/dashboard.prefetch.rsc',
  '/dashboard?_rsc=x',
  '/DASHBOARD',
  '/Dashboard',
  '/_next/data/build/dashboard.json',
  '/_next/static/../../dashboard',
  '/_next/static/%2e%2e/%2e%2e/dashboard',
  '/_next/static/..%2f..%2fdashboard',
  '/icon.svg/../dashboard',
  '/icon.svg/%2e%2e/dashboard',
  '/icon.svgdashboard',
  '//api/me',
  '/api//me',
  '/api/me/',
  '/api/./me',
  '/api/auth/../me',
  '/api/auth/login/../../me',
  '/api/auth/login/%2e%2e/%2e%2e/me',
  '/api/health/../me',
  '/api/%6de',
  '/%61pi/me',
  '/API/me',
  '/Api/Me',
  '/api/me.rsc',
  '/api/me.json',
  '/api/me;x',
  '/api\\me',
  '/_next/static/../../api/me',
  '/_next/static/%2e%2e/%2e%2e/api/me',
  '/icon.svg/../api/me',
  '/.well-known/../api/me',
]

describeApp('Default deny', (app) => {
  let member: Member
  beforeAll(async () => {
    member = await aMember(app)
  })

  it('tells who is not signed in nothing of what there is under /api', async () => {
    const paths = ['/api/nope', '/api/auth/nope', '/api/auth', '/api/admin/users', '/api/me/x', '/api/health/x']
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        expectProblem(await aVisitor(app).send(path, { method }), 401, 'unauthenticated')
      }
      expect((await aVisitor(app).send(path, { method: 'HEAD' })).status).toBe(401)
    }
    expect((await aVisitor(app).get('/api')).status).toBe(401)
  })

  it('tells who is signed in that there is nothing', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      expectProblem(await member.send('/api/nope', { method }), 404, 'not_found')
    }
  })

  describe('is not talked out of it by', () => {
    it.each(HEADERS)('%o', async (headers) => {
      const visitor = aVisitor(app)
      const page = await visitor.get('/dashboard', headers)
      expect(page.status).toBe(307)
      expect(page.header('location')).toBe(`${app.url}/login?next=%2Fdashboard`)
      expectProblem(await visitor.get('/api/me', headers), 401, 'unauthenticated')
      expectProblem(await visitor.get('/api/nope', headers), 401, 'unauthenticated')
      const foreign = await visitor.post('/api/auth/logout', {}, { ...headers, origin: 'https://evil.example' })
      expectProblem(foreign, 403, 'cross_origin')
    })

    it.each(HEADERS)('%o, nor are members kept out', async (headers) => {
      const page = await member.get('/dashboard', headers)
      expect(page.status).toBe(200)
      expect(page.text).toContain(member.signedUp.user.id)
      expect((await member.get('/api/me', headers)).json).toEqual(member.signedUp.user)
      expect((await member.get('/login', headers)).header('location')).toBe(`${app.url}/dashboard`)
    })

    it.each<Record<string, string>>([
      { rsc: '1' },
      { rsc: '1', 'next-router-prefetch': '1' },
      { 'x-nextjs-data': '1' },
    ])('%o, with which Next’s own scripts ask for parts of a page', async (headers) => {
      const answer = await send(`${app.url}/dashboard`, { headers })
      expectNothingPrivate('/dashboard', answer)
      expect(answer.header('location') ?? answer.header('x-nextjs-redirect')).toContain('/login?next=')
      expect((await send(`${app.url}/api/me`, { headers })).status).toBe(401)
      expect((await member.get('/api/me', headers)).status).toBe(200)
    })
  })

  describe('sees through', () => {
    it.each(PATHS)('%s', async (path) => {
      for (const headers of [{}, { rsc: '1' }] as Record<string, string>[]) {
        const answer = await send(app.url + path, { headers })
        expectNothingPrivate(path, answer)
        const location = answer.header('location')
        if (location) expect(new URL(location, app.url).origin).toBe(app.url)
      }
    })
  })

  it('leads from several slashes at the beginning to one, also who asks as Next’s own scripts do', async () => {
    for (const headers of [{}, { rsc: '1' }, { 'x-nextjs-data': '1' }] as Record<string, string>[]) {
      for (const [path, meant] of [
        ['//', '/'],
        ['///?x=%25', '/?x=%25'],
        ['//login', '/login'],
        ['//api/me', '/api/me'],
      ]) {
        const { status, header } = await send(app.url + path, { headers })
        expect([path, status, new URL(header('location') ?? '', app.url).href]).toEqual([path, 308, app.url + meant])
      }
    }
  })

  it('redirects to no other host for a path that looks like one', async () => {
    for (const path of [
      '//evil.example/',
      '/\\evil.example/',
      '/%5cevil.example/',
      '/.//evil.example/',
      '///evil.example/',
    ]) {
      const location = (await send(app.url + path)).header('location')
      if (location) expect(new URL(location, app.url).origin).toBe(app.url)
    }
  })

  function expectNothingPrivate(path: string, answer: Answer): void {
    expect(answer.status).not.toBe(500)
    // What is drawn is the login or the not-found page, or nothing.
    expect(answer.text).not.toMatch(/User id|Session id|"email"/)
    if (answer.status === 200) expect(answer.header('content-type')).not.toContain('json')
    if (!path.startsWith('/api')) expectPromisesKept(path, answer)
  }
})
