import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import {
  type App,
  aMember,
  aVisitor,
  cookieHeader,
  describeApp,
  type Member,
  PASSWORD,
  type Visitor,
} from './support/app.ts'
import { expectProblem, ISO_TIME } from './support/promises.ts'

const SESSIONS = '/api/auth/sessions'

/** The same person on another device. */
async function onAnotherDevice(app: Pick<App, 'url'>, { email }: Member, userAgent = 'Other/1.0'): Promise<Visitor> {
  const visitor = aVisitor(app)
  const headers = { 'user-agent': userAgent }
  const answer = await visitor.post('/api/auth/login', { email, password: PASSWORD }, headers)
  expect(answer.status).toBe(200)
  return visitor
}

async function expectEnded(visitor: Visitor): Promise<void> {
  expectProblem(await visitor.get('/api/me', { cookie: cookieHeader(visitor) }), 401, 'unauthenticated')
}

describeApp('The sessions of an account', (app) => {
  it('are listed with device, address and times, the one that asks first', async () => {
    const member = await aMember(app)
    const phone = await onAnotherDevice(app, member, 'Phone/2.0')
    const { json, status } = await member.get(SESSIONS)
    expect(status).toBe(200)
    const times = { createdAt: ISO_TIME, lastSeenAt: ISO_TIME, expiresAt: ISO_TIME }
    expect(json).toEqual({
      sessions: [
        { id: member.signedUp.session.id, current: true, ...times, userAgent: '', ip: member.ip },
        { id: expect.stringMatching(/^[\w-]{22}$/), current: false, ...times, userAgent: 'Phone/2.0', ip: phone.ip },
      ],
    })
    expect((await phone.get(SESSIONS)).json.sessions.map(({ current }: { current: boolean }) => current)).toEqual([
      true,
      false,
    ])
  })

  it('are ended one by one, and that one is out at once', async () => {
    const member = await aMember(app)
    const [first, second] = [await onAnotherDevice(app, member), await onAnotherDevice(app, member)]
    const { json } = await first.get(SESSIONS)
    const { id } = json.sessions.find(({ current }: { current: boolean }) => current)
    const held = cookieHeader(first)
    expect((await member.send(`${SESSIONS}/${id}`, { method: 'DELETE' })).status).toBe(204)

    const refresh = await first.send('/api/auth/refresh', { method: 'POST', headers: { cookie: held } })
    expectProblem(refresh, 401, 'session_revoked')
    expectProblem(await first.get('/api/me', { cookie: held }), 401, 'unauthenticated')
    expect((await second.get('/api/me')).status).toBe(200)
    expect((await member.get(SESSIONS)).json.sessions).toHaveLength(2)
    // Twice is as once.
    expect((await member.send(`${SESSIONS}/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  it('may end themselves', async () => {
    const member = await aMember(app)
    const { id } = member.signedUp.session
    expect((await member.send(`${SESSIONS}/${id}`, { method: 'DELETE' })).status).toBe(204)
    await expectEnded(member)
  })

  it('of somebody else are not there, and stay', async () => {
    const [member, stranger] = [await aMember(app), await aMember(app)]
    const { id } = stranger.signedUp.session
    expectProblem(await member.send(`${SESSIONS}/${id}`, { method: 'DELETE' }), 404, 'not_found')
    expect((await stranger.get('/api/me')).status).toBe(200)
  })

  it.each(['x', 'AAAAAAAAAAAAAAAAAAAAAA', '%00', '..%2f..', 'a'.repeat(3_000), '%F0%9F%A6%8A'])(
    'are not there by an id such as %s',
    async (id) => {
      const member = await aMember(app)
      expectProblem(await member.send(`${SESSIONS}/${id}`, { method: 'DELETE' }), 404, 'not_found')
    },
  )

  it('all end but the one that asks', async () => {
    const member = await aMember(app)
    const others = [await onAnotherDevice(app, member), await onAnotherDevice(app, member)]
    expect((await member.send(SESSIONS, { method: 'DELETE' })).status).toBe(204)
    for (const other of others) await expectEnded(other)
    expect((await member.get('/api/me')).status).toBe(200)
    expect((await member.post('/api/auth/refresh')).status).toBe(200)
    expect((await member.get(SESSIONS)).json.sessions).toHaveLength(1)
  })

  it('are nobody else’s business', async () => {
    for (const [method, path] of [
      ['GET', SESSIONS],
      ['DELETE', SESSIONS],
      ['DELETE', `${SESSIONS}/AAAAAAAAAAAAAAAAAAAAAA`],
    ] as const) {
      expectProblem(await aVisitor(app).send(path, { method }), 401, 'unauthenticated')
      const foreign = { origin: 'https://evil.example' }
      if (method === 'DELETE') {
        const member = await aMember(app)
        expectProblem(await member.send(path, { method, headers: foreign }), 403, 'cross_origin')
      }
    }
  })

  it('are not listed, nor ended, for a session that has been ended', async () => {
    const member = await aMember(app)
    const other = await onAnotherDevice(app, member)
    const held = { cookie: cookieHeader(other) }
    await member.send(SESSIONS, { method: 'DELETE' })
    expectProblem(await other.get(SESSIONS, held), 401, 'unauthenticated')
    expectProblem(await other.send(SESSIONS, { method: 'DELETE', headers: held }), 401, 'unauthenticated')
    expect((await member.get('/api/me')).status).toBe(200)
  })
})

describeApp('The activity of an account', (app) => {
  const activityOf = async (member: Visitor) => (await member.get('/api/auth/activity')).json.activity

  it('tells of sign-up, log-ins, refused attempts, changes of password and theft, the newest first', async () => {
    const member = await aMember(app)
    const stranger = aVisitor(app)
    const guess = { email: member.email, password: 'wrong' }
    for (let attempt = 0; attempt < 3; attempt++)
      await stranger.post('/api/auth/login', guess, { 'user-agent': 'Bad/1' })
    const phone = await onAnotherDevice(app, member, 'Phone/2.0')
    const passwords = { currentPassword: PASSWORD, newPassword: 'another good passphrase' }
    expect((await member.post('/api/auth/password', passwords)).status).toBe(204)

    const at = ISO_TIME
    await expect
      .poll(() => activityOf(member))
      .toEqual([
        { type: 'password.changed', at, ip: member.ip, userAgent: '', count: 1 },
        { type: 'login.succeeded', at, ip: phone.ip, userAgent: 'Phone/2.0', count: 1 },
        { type: 'login.failed', at, ip: stranger.ip, userAgent: 'Bad/1', count: 3 },
        { type: 'account.created', at, ip: member.ip, userAgent: '', count: 1 },
      ])
  })

  it('tells of a stolen token', async () => {
    const member = await aMember(app)
    const stolen = member.cookies.get('refresh')
    await member.post('/api/auth/refresh')
    await member.post('/api/auth/refresh')
    const thief = aVisitor(app)
    expectProblem(await thief.post('/api/auth/refresh', { refreshToken: stolen }), 401, 'refresh_reused')
    const phone = await onAnotherDevice(app, member)
    expect((await activityOf(phone))[1]).toMatchObject({ type: 'session.reused', ip: thief.ip })
  })

  it('is nobody else’s business', async () => {
    expectProblem(await aVisitor(app).get('/api/auth/activity'), 401, 'unauthenticated')
  })
})

describeApp(
  'A session that has run out',
  (app) => {
    it('is not listed any more', async () => {
      const member = await aMember(app, { remember: true })
      await onAnotherDevice(app, member) // lives for seconds
      expect((await member.get(SESSIONS)).json.sessions).toHaveLength(2)
      await expect
        .poll(async () => (await member.get(SESSIONS)).json.sessions.length, { timeout: 15_000, interval: 500 })
        .toBe(1)
    })
  },
  { settings: PROFILES.short },
)
