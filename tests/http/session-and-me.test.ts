import { expect, it } from 'vitest'
import { aMember, anEmail, aVisitor, cookieHeader, describeApp, PASSWORD } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

describeApp('GET /api/auth/session and GET /api/me', (app) => {
  it('tell who is signed in', async () => {
    const member = await aMember(app, { name: 'Ada' })
    const session = await member.get('/api/auth/session')
    expect(session.status).toBe(200)
    expect(session.json).toEqual(member.signedUp)
    expect(session.setCookies).toEqual([])
    const me = await member.get('/api/me')
    expect(me.status).toBe(200)
    expect(me.json).toEqual(member.signedUp.user)
    expect(me.setCookies).toEqual([])
  })

  it('tell that nobody is', async () => {
    const session = await aVisitor(app).get('/api/auth/session')
    expect(session.status).toBe(200)
    expect(session.json).toEqual({ user: null, session: null })
    expectProblem(await aVisitor(app).get('/api/me'), 401, 'unauthenticated')
  })

  it('take a bearer token', async () => {
    const bearer = { authorization: `Bearer ${await anAccessToken()}` }
    expect((await aVisitor(app).get('/api/auth/session', bearer)).json.user).not.toBeNull()
    expect((await aVisitor(app).get('/api/me', bearer)).status).toBe(200)
  })

  it('believe a bearer token, good or bad, before a cookie', async () => {
    const member = await aMember(app)
    const other = await member.get('/api/me', { authorization: `Bearer ${await anAccessToken()}` })
    expect(other.status).toBe(200)
    expect(other.json.id).not.toBe(member.signedUp.user.id)
    expectProblem(await member.get('/api/me', { authorization: 'Bearer x' }), 401, 'unauthenticated')
    const session = await member.get('/api/auth/session', { authorization: 'Bearer x' })
    expect(session.json).toEqual({ user: null, session: null })
    expect(session.setCookies).toEqual([])
  })

  it('leave another authorization scheme to others', async () => {
    const member = await aMember(app)
    expect((await member.get('/api/me', { authorization: 'Basic dXNlcjpwYXNz' })).json).toEqual(member.signedUp.user)
  })

  it('believe no token that is not ours', async () => {
    const member = await aMember(app)
    const [header = '', claims = '', signature = ''] = (member.cookies.get('access') ?? '').split('.')
    const { kid } = JSON.parse(decode(header))
    const forgeries = [
      `${encode({ alg: 'none', typ: 'at+jwt', kid })}.${claims}.`,
      `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims}.${signature}`,
      `${header}.${encode({ ...JSON.parse(decode(claims)), roles: ['admin'] })}.${signature}`,
      `${header}.${claims}.${signature.replace(/^./, (c) => (c === 'A' ? 'B' : 'A'))}`,
      `${header}.${claims}`,
      member.cookies.get('refresh') ?? '',
    ]
    for (const token of forgeries) {
      expectProblem(await aVisitor(app).get('/api/me', { authorization: `Bearer ${token}` }), 401, 'unauthenticated')
      const cookie = `access=${token}`
      expectProblem(await aVisitor(app).get('/api/me', { cookie }), 401, 'unauthenticated')
      expect((await aVisitor(app).get('/dashboard', { cookie })).status).toBe(307)
    }
  })

  it('believe no token that was issued at another address', async () => {
    const member = await aMember(app)
    const headers = { cookie: cookieHeader(member, { refresh: null }), host: 'other.example' }
    expectProblem(await aVisitor(app).get('/api/me', headers), 401, 'unauthenticated')
  })

  async function anAccessToken(): Promise<string> {
    const fields = { email: anEmail(), password: PASSWORD, delivery: 'body' }
    return (await aVisitor(app).post('/api/auth/signup', fields)).json.accessToken
  }
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function decode(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8')
}
