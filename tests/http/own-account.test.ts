import { expect, it } from 'vitest'
import { aMember, aVisitor, cookieHeader, describeApp, PASSWORD } from './support/app.ts'
import { expectCookiesCleared, expectProblem } from './support/promises.ts'

const ME = '/api/me'

describeApp('PATCH /api/me', (app) => {
  it('changes the name, and gives the user as it is then', async () => {
    const member = await aMember(app, { name: 'Ada' })
    const answer = await member.send(ME, { method: 'PATCH', json: { name: '  Ada King  ' } })
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ ...member.signedUp.user, name: 'Ada King' })
    expect((await member.get(ME)).json).toEqual(answer.json)
  })

  it.each([null, '', '   '])('takes the name away with %j', async (name) => {
    const member = await aMember(app, { name: 'Ada' })
    expect((await member.send(ME, { method: 'PATCH', json: { name } })).json.name).toBeNull()
    expect((await member.get(ME)).json.name).toBeNull()
  })

  it('leaves what is not named, and what is not ours to change', async () => {
    const member = await aMember(app, { name: 'Ada' })
    const json = { id: 'x', email: 'x@example.com', emailVerified: true, roles: ['admin'], disabled: true }
    expect((await member.send(ME, { method: 'PATCH', json })).json).toEqual(member.signedUp.user)
    expect((await member.get(ME)).json).toEqual(member.signedUp.user)
  })

  it.each([['x'.repeat(101)], ['a\u0000b'], [1], [['Ada', 'Grace']], [{ name: 'Ada' }]])('refuses %j', async (name) => {
    const member = await aMember(app, { name: 'Ada' })
    const answer = await member.send(ME, { method: 'PATCH', json: { name } })
    expectProblem(answer, 422, 'invalid_fields')
    expect(Object.keys(answer.json.errors)).toEqual(['name'])
    expect((await member.get(ME)).json.name).toBe('Ada')
  })

  it.each(['12345', 'null', '{"a":1}', '<script>', 'Zoë 🦊', '\u202eabc'])('gives %j back as it came', async (name) => {
    const member = await aMember(app)
    expect((await member.send(ME, { method: 'PATCH', json: { name } })).json.name).toBe(name)
    expect((await member.get(ME)).json.name).toBe(name)
  })

  it('needs a session', async () => {
    expectProblem(await aVisitor(app).send(ME, { method: 'PATCH', json: { name: 'Ada' } }), 401, 'unauthenticated')
  })
})

describeApp('DELETE /api/me', (app) => {
  it('deletes account, credential and all sessions, and clears the cookies', async () => {
    const member = await aMember(app)
    const { email } = member
    const other = aVisitor(app)
    await other.post('/api/auth/login', { email, password: PASSWORD })
    const [mine, others] = [cookieHeader(member), cookieHeader(other)]

    const answer = await member.send(ME, { method: 'DELETE', json: { password: PASSWORD } })
    expect(answer.status).toBe(204)
    expectCookiesCleared(answer)

    for (const cookie of [mine, others]) {
      expectProblem(await aVisitor(app).get(ME, { cookie }), 401, 'unauthenticated')
      const refresh = await aVisitor(app).send('/api/auth/refresh', { method: 'POST', headers: { cookie } })
      expectProblem(refresh, 401, 'invalid_token')
    }
    expectProblem(
      await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD }),
      401,
      'invalid_credentials',
    )
  })

  it('frees the address, for an account that has nothing of the old one', async () => {
    const member = await aMember(app, { name: 'Ada' })
    await member.send(ME, { method: 'DELETE', json: { password: PASSWORD } })
    const again = aVisitor(app)
    const answer = await again.post('/api/auth/signup', { email: member.email, password: PASSWORD })
    expect(answer.status).toBe(201)
    expect(answer.json.user).toMatchObject({ name: null, email: member.email })
    expect(answer.json.user.id).not.toBe(member.signedUp.user.id)
    expect((await again.get('/api/auth/sessions')).json.sessions).toHaveLength(1)
    expect((await again.get('/api/auth/activity')).json.activity).toHaveLength(1)
  })

  it('refuses a wrong password, and nothing is lost', async () => {
    const member = await aMember(app)
    const answer = await member.send(ME, { method: 'DELETE', json: { password: 'wrong' } })
    expectProblem(answer, 403, 'wrong_password')
    expect(answer.setCookies).toEqual([])
    expect((await member.get(ME)).json).toEqual(member.signedUp.user)
  })

  it.each([{}, { password: '' }, { password: 1 }])('wants the password, and not %j', async (json) => {
    const member = await aMember(app)
    expectProblem(await member.send(ME, { method: 'DELETE', json }), 422, 'invalid_fields')
    expect((await member.get(ME)).status).toBe(200)
  })

  it('works with an access token that has run out: the session is renewed on the way, and one writer sets cookies', async () => {
    const member = await aMember(app)
    const cookie = cookieHeader(member, { access: null })
    const refused = await member.send(ME, { method: 'DELETE', json: { password: 'wrong' }, headers: { cookie } })
    expectProblem(refused, 403, 'wrong_password')
    expect(refused.setCookies).toEqual([])
    const answer = await member.send(ME, { method: 'DELETE', json: { password: PASSWORD }, headers: { cookie } })
    expect(answer.status).toBe(204)
    expectCookiesCleared(answer)
  })

  it('needs a session, and comes from our own pages', async () => {
    const json = { password: PASSWORD }
    expectProblem(await aVisitor(app).send(ME, { method: 'DELETE', json }), 401, 'unauthenticated')
    const member = await aMember(app)
    const headers = { origin: 'https://evil.example' }
    expectProblem(await member.send(ME, { method: 'DELETE', json, headers }), 403, 'cross_origin')
  })

  it('does it once when it is asked twice at once', async () => {
    const member = await aMember(app)
    const remove = () => member.send(ME, { method: 'DELETE', json: { password: PASSWORD } })
    const statuses = (await Promise.all([remove(), remove()])).map(({ status }) => status)
    expect(statuses).toContain(204)
    expect(statuses.every((status) => status === 204 || status === 401 || status === 403)).toBe(true)
    const fields = { email: member.email, password: PASSWORD }
    expect((await aVisitor(app).post('/api/auth/signup', fields)).status).toBe(201)
  })

  it('leaves nobody half there when a log-in comes in between', async () => {
    const member = await aMember(app)
    const { email } = member
    const [deletion, logIn] = await Promise.all([
      member.send(ME, { method: 'DELETE', json: { password: PASSWORD } }),
      aVisitor(app).post('/api/auth/login', { email, password: PASSWORD }),
    ])
    expect(deletion.status).toBe(204)
    expect([200, 401]).toContain(logIn.status)
    expectProblem(
      await aVisitor(app).post('/api/auth/login', { email, password: PASSWORD }),
      401,
      'invalid_credentials',
    )
    expect((await aVisitor(app).post('/api/auth/signup', { email, password: PASSWORD })).status).toBe(201)
  })
})
