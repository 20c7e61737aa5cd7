import { beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/client.ts'
import { aMember, aVisitor, cookieHeader, describeApp, type Member } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

const ALL = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']

const READ = { allow: 'GET, HEAD, OPTIONS', methods: ['GET', 'HEAD'] }
const POST = { allow: 'OPTIONS, POST', methods: ['POST'] }
const ROUTES = {
  '/api/auth/signup': POST,
  '/api/auth/login': POST,
  '/api/auth/refresh': POST,
  '/api/auth/logout': POST,
  '/api/auth/session': READ,
  '/api/health': READ,
  '/api/me': { allow: 'DELETE, GET, HEAD, OPTIONS, PATCH', methods: ['GET', 'HEAD', 'PATCH', 'DELETE'] },
  '/api/auth/sessions': { allow: 'DELETE, GET, HEAD, OPTIONS', methods: ['GET', 'HEAD', 'DELETE'] },
  '/api/auth/sessions/AAAAAAAAAAAAAAAAAAAAAA': { allow: 'DELETE, OPTIONS', methods: ['DELETE'] },
  '/api/auth/activity': READ,
  '/api/auth/password': POST,
  '/api/auth/password/forgot': POST,
  '/api/auth/password/reset': POST,
  '/api/auth/email/verify': POST,
  '/api/auth/email/verify/send': POST,
  '/api/auth/email/change': POST,
  '/api/auth/login/link': POST,
  '/api/auth/login/link/confirm': POST,
  '/api/auth/login/code': POST,
  '/api/auth/signup/finish': POST,
  '/api/auth/secure': POST,
  '/api/admin/users': READ,
  '/api/admin/users/AAAAAAAAAAAAAAAAAAAAAA': { allow: 'OPTIONS, PATCH', methods: ['PATCH'] },
  '/api/admin/users/AAAAAAAAAAAAAAAAAAAAAA/sessions': READ,
  '/.well-known/jwks.json': READ,
}

describeApp('Of methods,', (app) => {
  /** A guarded route says nothing to others. Nothing that is asked for here changes anything. */
  let member: Member
  beforeAll(async () => {
    member = await aMember(app)
  })

  describe.each(Object.entries(ROUTES))('%s', (path, { allow, methods }) => {
    it(`allows ${methods.join(' and ')}, and tells so`, async () => {
      for (const method of ALL.filter((each) => !methods.includes(each))) {
        const answer = await member.send(path, { method })
        expect(answer.status, method).toBe(405)
        expect(sorted(answer.header('allow'))).toBe(allow)
        if (method !== 'HEAD') expectProblem(answer, 405, 'method_not_allowed')
        expect(answer.setCookies).toEqual([])
      }
    })

    it('answers OPTIONS', async () => {
      const answer = await member.send(path, { method: 'OPTIONS' })
      expect(answer.status).toBe(204)
      expect(sorted(answer.header('allow'))).toBe(allow)
      expect(answer.text).toBe('')
    })

    it('answers no method that nobody knows', async () => {
      for (const method of ['TRACE', 'PROPFIND', 'PURGE']) {
        const { status } = await send(app.url + path, { method, headers: { cookie: cookieHeader(member) } })
        expect(status, method).toBeGreaterThanOrEqual(400)
      }
    })
  })

  it.each([
    '/api/auth/session',
    '/api/auth/sessions',
    '/api/auth/activity',
    '/api/health',
    '/api/me',
    '/.well-known/jwks.json',
  ])('HEAD %s is GET without its body', async (path) => {
    const [get, head] = [await member.get(path), await member.send(path, { method: 'HEAD' })]
    expect(head.status).toBe(200)
    expect(head.text).toBe('')
    expect(head.header('content-type')).toBe(get.header('content-type'))
    expect(head.header('cache-control')).toBe(get.header('cache-control'))
  })

  it('a guarded route tells nothing to who is not signed in', async () => {
    for (const method of [...ALL, 'OPTIONS']) {
      const answer = await aVisitor(app).send('/api/me', { method })
      expect(answer.status, method).toBe(401)
      expect(answer.header('allow')).toBeNull()
    }
  })
})

function sorted(allow: string | null): string | undefined {
  return allow?.split(', ').sort().join(', ')
}
