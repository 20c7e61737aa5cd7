import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { ROOT } from '../support/instances.ts'
import { aMember, aVisitor, cookieHeader, describeApp, type Visitor } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

/** The id under which the build knows the action of app/(member)/account/actions.ts. */
function actionId(): string {
  const { edge } = JSON.parse(readFileSync(join(ROOT, '.next/server/server-reference-manifest.json'), 'utf8'))
  const [id = ''] = Object.keys(edge)
  return id
}

/** Calls the action as the page's script does. */
function changeName(visitor: Visitor, name: string, headers: Record<string, string> = {}): Promise<Answer> {
  return visitor.send('/account', {
    multipart: { _1_name: name, 0: '["$K1"]' },
    headers: { 'next-action': actionId(), accept: 'text/x-component', ...headers },
  })
}

function expectGuarded(answer: Answer): void {
  expect(answer.header('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(answer.header('x-content-type-options')).toBe('nosniff')
}

describeApp('The Server Action of the account page', (app) => {
  it('changes the name', async () => {
    const member = await aMember(app)
    const answer = await changeName(member, ' Ada King ')
    expect(answer.status).toBe(200)
    expectGuarded(answer)
    expect((await member.get('/api/me')).json.name).toBe('Ada King')
  })

  it('says what is wrong with a name', async () => {
    const member = await aMember(app, { name: 'Ada' })
    expect((await changeName(member, 'x'.repeat(101))).text).toContain('"code":"invalid_fields"')
    expect((await member.get('/api/me')).json.name).toBe('Ada')
  })

  it('is called with a session that is renewed on the way', async () => {
    const member = await aMember(app)
    const answer = await changeName(member, 'Ada King', { cookie: cookieHeader(member, { access: null }) })
    expect(answer.status).toBe(200)
    expect(answer.setCookies).toEqual([]) // Next would let caches keep them
    expect((await member.get('/api/me')).json.name).toBe('Ada King')
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
  })

  it('tells who is not signed in, or no longer, so', async () => {
    expect((await changeName(aVisitor(app), 'Mallory')).text).toContain('"code":"unauthenticated"')
    const member = await aMember(app, { name: 'Ada' })
    const cookie = cookieHeader(member)
    await member.post('/api/auth/logout')
    expect((await changeName(aVisitor(app), 'Mallory', { cookie })).text).toContain('"code":"unauthenticated"')
  })

  it('is not called from elsewhere', async () => {
    const member = await aMember(app, { name: 'Ada' })
    expectProblem(await changeName(member, 'Mallory', { origin: 'https://evil.example' }), 403, 'cross_origin')
    expect((await member.get('/api/me')).json.name).toBe('Ada')
  })

  it('opens no page to who names it', async () => {
    const headers = { 'next-action': actionId() }
    const page = await aVisitor(app).get('/dashboard', headers)
    expect(page.status).toBe(307)
    expectGuarded(page)
    expectProblem(await aVisitor(app).get('/api/me', headers), 401, 'unauthenticated')
  })
})

describeApp('What Next’s router asks for', (app) => {
  it('carries our header fields, and the cookies of a renewal', async () => {
    const member = await aMember(app)
    const answer = await member.get('/dashboard', { rsc: '1', cookie: cookieHeader(member, { access: null }) })
    expect(answer.status).toBe(200)
    expect(answer.header('content-type')).toContain('text/x-component')
    expectGuarded(answer)
    expect(answer.setCookies.map(({ name }) => name)).toEqual(['access', 'refresh'])
    expect(answer.header('cache-control')).toBe('private, no-store')
  })
})
