import { expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { aMember, aVisitor, cookieHeader, describeApp, PASSWORD, type Visitor } from './support/app.ts'
import { expectCookiesCleared, expectProblem } from './support/promises.ts'

const NEW_PASSWORD = 'another good passphrase'
const PAGE = { accept: 'text/html' }

function post(visitor: Visitor, path: string, form: Record<string, string> = {}): Promise<Answer> {
  return visitor.send(path, { method: 'POST', form, headers: PAGE })
}

function expectRedirect(answer: Answer, location: string): void {
  expect(answer.status).toBe(303)
  expect(answer.header('location')).toBe(location)
}

describeApp('The forms of the account page', (app) => {
  it('change the name', async () => {
    const member = await aMember(app)
    const answer = await post(member, '/api/me', { _method: 'PATCH', name: 'Ada King' })
    expectRedirect(answer, '/account?done=profile#profile')
    expect((await member.get('/api/me')).json.name).toBe('Ada King')
  })

  it('change the password', async () => {
    const member = await aMember(app)
    const fields = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }
    expectRedirect(await post(member, '/api/auth/password', fields), '/account?done=password#password')
    const logIn = await aVisitor(app).post('/api/auth/login', { email: member.email, password: NEW_PASSWORD })
    expect(logIn.status).toBe(200)
  })

  it('come back to their part of the page with what was wrong, and with no password', async () => {
    const member = await aMember(app)
    const wrong = await post(member, '/api/auth/password', { currentPassword: 'no', newPassword: NEW_PASSWORD })
    expectRedirect(wrong, '/account?error=wrong_password&form=password#password')
    expect(wrong.setCookies).toEqual([])
    const short = await post(member, '/api/auth/password', { currentPassword: PASSWORD, newPassword: 'short' })
    expectRedirect(short, '/account?error=invalid_fields&form=password&newPassword=password_too_short#password')
    const deletion = await post(member, '/api/me', { _method: 'DELETE', password: 'no' })
    expectRedirect(deletion, '/account?error=wrong_password&form=delete#delete')
  })

  it('come back to the button for another mail, with what was wrong or how long to wait', async () => {
    const member = await aMember(app)
    const send = () => post(member, '/api/auth/email/verify/send')
    for (let mail = 1; mail <= 3; mail++) {
      expectRedirect(await send(), '/account?error=mail_unavailable&form=verification#verification')
    }
    expect((await send()).header('location')).toMatch(
      /^\/account\?error=rate_limited&form=verification&retry=\d+#verification$/,
    )
  })

  it('end a session, and all others', async () => {
    const member = await aMember(app)
    const others = [aVisitor(app), aVisitor(app)]
    for (const other of others) await other.post('/api/auth/login', { email: member.email, password: PASSWORD })
    const { sessions } = (await member.get('/api/auth/sessions')).json
    const one = await post(member, `/api/auth/sessions/${sessions[1].id}`, { _method: 'DELETE' })
    expectRedirect(one, '/account?done=session#sessions')
    const all = await post(member, '/api/auth/sessions', { _method: 'DELETE' })
    expectRedirect(all, '/account?done=sessions#sessions')
    for (const other of others) expect((await other.get('/api/me')).status).toBe(401)
    const gone = await post(member, '/api/auth/sessions/AAAAAAAAAAAAAAAAAAAAAA', { _method: 'DELETE' })
    expectRedirect(gone, '/account?error=not_found&form=sessions#sessions')
  })

  it('delete the account, and lead to the log-in', async () => {
    const member = await aMember(app)
    const answer = await post(member, '/api/me', { _method: 'DELETE', password: PASSWORD })
    expectRedirect(answer, '/login?done=deleted')
    expectCookiesCleared(answer)
    expect((await member.get('/account')).header('location')).toContain('/login')
  })

  it('of a page that is still open after log-out, lead to the log-in and back', async () => {
    for (const [path, form] of [
      ['/api/me', { _method: 'PATCH', name: 'Mallory' }],
      ['/api/me', { _method: 'DELETE', password: PASSWORD }],
      ['/api/auth/password', { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }],
      ['/api/auth/sessions', { _method: 'DELETE' }],
    ] as [string, Record<string, string>][]) {
      const member = await aMember(app, { name: 'Ada' })
      const cookie = cookieHeader(member)
      await member.post('/api/auth/logout')
      expectRedirect(await post(aVisitor(app), path, form), '/login?next=%2Faccount')
      const stale = await member.send(path, { method: 'POST', form, headers: { ...PAGE, cookie } })
      expectRedirect(stale, '/login?next=%2Faccount')
      const { email } = member
      await member.post('/api/auth/login', { email, password: PASSWORD })
      expect((await member.get('/api/me')).json.name).toBe('Ada')
    }
  })

  it('work when the access token has run out', async () => {
    const member = await aMember(app)
    const headers = { ...PAGE, cookie: cookieHeader(member, { access: null }) }
    const form = { _method: 'PATCH', name: 'Ada King' }
    expectRedirect(await member.send('/api/me', { method: 'POST', form, headers }), '/account?done=profile#profile')
    expect((await member.get('/api/me')).json.name).toBe('Ada King')
  })

  it('stand for PATCH and DELETE only as a page’s form, and for nothing else', async () => {
    const member = await aMember(app)
    expectProblem(await member.post('/api/me', { _method: 'DELETE', password: PASSWORD }), 405, 'method_not_allowed')
    expectProblem(await post(member, '/api/me', { password: PASSWORD }), 405, 'method_not_allowed')
    expectProblem(await post(member, '/api/me', { _method: 'GET' }), 405, 'method_not_allowed')
    expectProblem(await post(member, '/api/auth/activity', { _method: 'DELETE' }), 405, 'method_not_allowed')
    expect((await member.get('/api/me')).status).toBe(200)
  })

  it('are refused from elsewhere', async () => {
    const member = await aMember(app)
    const headers = { ...PAGE, origin: 'https://evil.example' }
    const form = { _method: 'DELETE', password: PASSWORD }
    expectProblem(await member.send('/api/me', { method: 'POST', form, headers }), 403, 'cross_origin')
    expect((await member.get('/api/me')).status).toBe(200)
  })
})
