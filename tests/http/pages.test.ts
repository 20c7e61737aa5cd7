import { expect, it } from 'vitest'
import type { Answer, Outgoing } from '../support/client.ts'
import { aMember, aVisitor, describeApp } from './support/app.ts'

describeApp('Pages', (app) => {
  it.each(['/', '/login', '/signup', '/login?next=%2Fdashboard', '/login?error=invalid_credentials'])(
    '%s is there for everyone',
    async (path) => {
      const answer = await aVisitor(app).get(path)
      expect(answer.status).toBe(200)
      expect(answer.header('content-type')).toMatch(/^text\/html/)
      expect(answer.setCookies).toEqual([])
      expectSecure(answer)
    },
  )

  it.each([
    ['/dashboard', '/login?next=%2Fdashboard'],
    ['/dashboard?tab=2&x=%C3%A9', '/login?next=%2Fdashboard%3Ftab%3D2%26x%3D%25C3%25A9'],
    ['/dashboard/settings', '/login?next=%2Fdashboard%2Fsettings'],
    ['/account', '/login?next=%2Faccount'],
    ['/admin', '/login?next=%2Fadmin'],
    ['/admin/users', '/login?next=%2Fadmin%2Fusers'],
  ])('%s sends who is not signed in to %s', async (path, location) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await aVisitor(app).send(path, { method })
      expect(answer.status).toBe(307)
      expect(answer.header('location')).toBe(app.url + location)
      expectSecurityHeaders(answer)
    }
  })

  it('/dashboard shows who is signed in, and no cache keeps it', async () => {
    const member = await aMember(app)
    const answer = await member.get('/dashboard')
    expect(answer.status).toBe(200)
    expect(answer.text).toContain(member.signedUp.user.id)
    expect(answer.text).toContain(member.signedUp.session.id)
    expect(answer.header('cache-control')).toBe('private, no-store')
    expectSecure(answer)
  })

  it.each(['/login', '/signup', '/login?next=%2Faccount', '/signup?error=email_taken'])(
    '%s sends who is signed in to the dashboard',
    async (path) => {
      const answer = await (await aMember(app)).get(path)
      expect(answer.status).toBe(307)
      expect(answer.header('location')).toBe(`${app.url}/dashboard`)
    },
  )

  it.each(['/', '/login', '/dashboard', '/account', '/no/such/page'])('%s is for reading only', async (path) => {
    const post = { accept: 'text/html' }
    const member = await aMember(app)
    for (const visitor of path === '/login' ? [aVisitor(app)] : [member]) {
      const forms: Outgoing[] = [{ form: { a: 'b' } }, { multipart: { a: 'b' } }, { multipart: { $ACTION_ID_00: '' } }]
      for (const outgoing of forms) {
        const answer = await visitor.send(path, { method: 'POST', headers: post, ...outgoing })
        expect(answer.status).toBe(405)
        expect(answer.header('allow')).toBe('GET, HEAD')
      }
      const unknown = await visitor.send(path, { multipart: { a: 'b' }, headers: { ...post, 'next-action': '00ff' } })
      expect(unknown.status).toBe(404)
    }
  })

  it('a page that is not there says so, with a status', async () => {
    for (const visitor of [aVisitor(app), await aMember(app)]) {
      const answer = await visitor.get('/no/such/page')
      expect(answer.status).toBe(404)
      expectSecure(answer)
    }
  })

  it('each answer has a nonce of its own', async () => {
    const nonces = await Promise.all(Array.from({ length: 5 }, async () => nonceOf(await aVisitor(app).get('/login'))))
    expect(new Set(nonces).size).toBe(5)
  })

  it('a nonce that the client sends is not taken', async () => {
    const policy = "script-src 'nonce-evil'"
    const answer = await aVisitor(app).get('/login', { 'content-security-policy': policy, 'x-nonce': 'evil' })
    expect(answer.text).not.toContain('evil')
    expect(answer.header('content-security-policy')).not.toContain('evil')
  })

  it('what a query says is shown as text', async () => {
    const script = '"><script>alert(1)</script>'
    const query = new URLSearchParams({ next: `/${script}`, error: script, retry: script, email: script })
    for (const page of ['/login', '/signup']) {
      const answer = await aVisitor(app).get(`${page}?${query}`)
      expect(answer.status).toBe(200)
      expect(answer.text).not.toContain('<script>alert')
      expectSecure(answer)
    }
  })

  it('files that never change are cached, and served without a session', async () => {
    const page = await aVisitor(app).get('/login')
    const scripts = [...page.text.matchAll(/<script[^>]+src="([^"]+)"/g)].map(([, src]) => src ?? '')
    expect(scripts.length).toBeGreaterThan(0)
    for (const path of scripts) {
      const answer = await aVisitor(app).get(path)
      expect(answer.status).toBe(200)
      expect(answer.header('cache-control')).toMatch(/public.*max-age=31536000/)
    }
    expect((await aVisitor(app).get('/icon.svg')).status).toBe(200)
  })
})

describeApp('API answers', (app) => {
  it.each(['/api/auth/session', '/api/health', '/api/me', '/api/nope', '/.well-known/jwks.json'])(
    '%s has the security headers of what is no page',
    async (path) => {
      const answer = await aVisitor(app).get(path)
      expectSecurityHeaders(answer)
      expect(answer.header('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      )
    },
  )
})

describeApp(
  'Behind a proxy that ends TLS',
  (app) => {
    const overTls = { 'x-forwarded-proto': 'https' }

    it('cookies are bound to the host and secure, and browsers are told to stay on https', async () => {
      const visitor = aVisitor(app)
      const fields = { email: `${crypto.randomUUID()}@example.com`, password: 'correct horse battery' }
      const answer = await visitor.post('/api/auth/signup', fields, overTls)
      expect(answer.setCookies.map(({ name, attributes }) => [name, ...attributes])).toEqual([
        ['__Host-access', 'path=/', 'httponly', 'secure', 'samesite=lax'],
        ['__Host-refresh', 'path=/', 'httponly', 'secure', 'samesite=lax'],
        ['__Host-device', 'path=/', 'httponly', 'secure', 'samesite=lax'],
      ])
      const page = await visitor.get('/dashboard', overTls)
      expect(page.status).toBe(200)
      expect(page.header('strict-transport-security')).toBe('max-age=63072000')
      expect((await visitor.get('/api/me', overTls)).status).toBe(200)
      const logout = await visitor.post('/api/auth/logout', undefined, overTls)
      expect(logout.setCookies.map(({ name, maxAge }) => [name, maxAge])).toEqual([
        ['__Host-access', 0],
        ['__Host-refresh', 0],
      ])
    })

    it('cookies without the prefix count for nothing', async () => {
      const member = await aMember(app)
      expect((await member.get('/api/me', overTls)).status).toBe(401)
    })
  },
  { targets: ['next start with Redis'] },
)

function expectSecurityHeaders({ header }: Answer): void {
  expect(header('x-content-type-options')).toBe('nosniff')
  expect(header('referrer-policy')).toBe('same-origin')
  expect(header('cross-origin-opener-policy')).toBe('same-origin')
  expect(header('permissions-policy')).toContain('camera=()')
  expect(header('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(header('x-powered-by')).toBeNull()
}

function nonceOf({ header }: Answer): string {
  return /'nonce-([^']+)'/.exec(header('content-security-policy') ?? '')?.[1] ?? ''
}

/** The policy lets the page's own scripts run, by their nonce, and no other. */
function expectSecure(answer: Answer): void {
  expectSecurityHeaders(answer)
  const policy = answer.header('content-security-policy') ?? ''
  expect(policy).toMatch(/script-src 'nonce-[\w+/=]{22,}' 'strict-dynamic'(;|$)/)
  expect(policy).toContain("default-src 'self'")
  expect(policy).toContain("object-src 'none'")
  expect(policy).toContain("base-uri 'none'")
  expect(policy).toContain("form-action 'self'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)

  const scripts = [...answer.text.matchAll(/<script\b[^>]*>/g)].map(([tag]) => tag)
  expect(scripts.length).toBeGreaterThan(0)
  for (const tag of scripts) expect(tag).toContain(`nonce="${nonceOf(answer)}"`)
  expect(answer.text).not.toMatch(/<[^>]+\s(on\w+|style)=/)
}
