import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROFILES, TARGETS } from '../support/instances.ts'
import { type Administered, startAdministered } from './support/administered.ts'
import { aMember, aVisitor, cookieHeader, type Member, PASSWORD, readToken, type Visitor } from './support/app.ts'
import { expectProblem, ISO_TIME } from './support/promises.ts'

const USERS = '/api/admin/users'

describe.each(TARGETS)('Administration (%s)', (target) => {
  let app: Administered
  let admin: Member
  beforeAll(async () => {
    app = await startAdministered(target, { ...PROFILES.default, AUTH_ROLES: 'editor, support' })
    admin = app.admin
  })
  afterAll(() => app?.stop())

  const patch = (by: Visitor, { signedUp }: Member, json: unknown) =>
    by.send(`${USERS}/${signedUp.user.id}`, { method: 'PATCH', json })
  const search = (query: string) => admin.get(`${USERS}?${new URLSearchParams({ query })}`)
  const idsOf = ({ json }: { json: { users: { id: string }[] } }) => json.users.map(({ id }) => id)

  /** Somebody else with the role. */
  async function anotherAdmin(): Promise<Member> {
    const member = await aMember(app)
    expect((await patch(admin, member, { roles: ['user', 'admin'] })).status).toBe(200)
    return member
  }

  describe('is for admins:', () => {
    it('the one whose id the settings name has the role, in the token too', async () => {
      expect((await admin.get('/api/me')).json.roles).toEqual(['user', 'admin'])
      await admin.post('/api/auth/refresh')
      expect(readToken(admin.cookies.get('access')).claims.roles).toEqual(['user', 'admin'])
      expect((await admin.get('/admin')).status).toBe(200)
    })

    it('others are told so, on every route and page', async () => {
      const member = await aMember(app)
      const { id } = member.signedUp.user
      for (const [method, path] of [
        ['GET', USERS],
        ['PATCH', `${USERS}/${id}`],
        ['GET', `${USERS}/${id}/sessions`],
      ] as const) {
        expectProblem(await member.send(path, { method }), 403, 'forbidden')
        expectProblem(await aVisitor(app).send(path, { method }), 401, 'unauthenticated')
      }
      for (const path of ['/admin', `/admin/users/${id}`]) {
        expect((await member.get(path)).status).toBe(403)
        expect((await aVisitor(app).get(path)).header('location')).toBe(
          `${app.url}/login?${new URLSearchParams({ next: path })}`,
        )
      }
    })

    it('who has lost the role is refused at once, with an access token that still names it', async () => {
      const other = await anotherAdmin()
      await other.post('/api/auth/refresh')
      const held = cookieHeader(other)
      expect((await other.get(USERS)).status).toBe(200)
      expect((await patch(admin, other, { roles: ['user'] })).json.roles).toEqual(['user'])
      expectProblem(await other.get(USERS, { cookie: held }), 403, 'forbidden')
      expect((await other.get('/admin', { cookie: held })).status).toBe(403)
    })
  })

  describe('lists accounts,', () => {
    it('and what an admin sees of one', async () => {
      const member = await aMember(app, { name: 'Ada' })
      const answer = await search(member.email)
      expect(answer.status).toBe(200)
      expect(answer.json).toEqual({ users: [{ ...member.signedUp.user, disabled: false }], nextCursor: null })
    })

    it('the newest first, page by page, each once', async () => {
      const members: Member[] = []
      for (let count = 0; count < 5; count++) members.push(await aMember(app))
      const expected = new Set(members.map(({ signedUp }) => signedUp.user.id))
      await expect.poll(async () => idsOf(await search('')).filter((id) => expected.has(id)).length).toBe(5)

      const seen: { id: string; createdAt: string }[] = []
      let cursor: string | null = ''
      while (cursor !== null) {
        const page = await admin.get(`${USERS}?limit=2${cursor && `&cursor=${encodeURIComponent(cursor)}`}`)
        expect(page.json.users.length).toBeLessThanOrEqual(2)
        seen.push(...page.json.users)
        cursor = page.json.nextCursor
      }
      const ids = seen.map(({ id }) => id)
      expect(new Set(ids).size).toBe(ids.length)
      expect(ids.filter((id) => expected.has(id))).toHaveLength(5)
      expect(ids).toContain(admin.signedUp.user.id)
      const times = seen.map(({ createdAt }) => createdAt)
      expect(times).toEqual(times.toSorted().reverse())
    })

    it('by what an address, a domain or a name begins with, in any case, or by the whole id', async () => {
      const domain = `${crypto.randomUUID()}.example`
      const email = `Zoe.${crypto.randomUUID()}@${domain}`
      const word = `x${crypto.randomUUID().slice(0, 8)}`
      const visitor = aVisitor(app)
      const { json } = await visitor.post('/api/auth/signup', {
        email,
        password: PASSWORD,
        name: `Zoë O’Neill-${word} Smith`,
      })
      const { id } = json.user
      await expect.poll(async () => idsOf(await search(email))).toEqual([id])
      for (const query of [
        email.toUpperCase(),
        ` ${email.slice(0, 30)} `,
        `@${domain}`,
        word.slice(0, 7),
        `ZOË ${word}`,
        `o’neill-${word}`,
        id,
      ]) {
        expect(idsOf(await search(query)), query).toEqual([id])
      }
      for (const query of [`${email}x`, domain, word.slice(1), `${word} nobody`, id.slice(1)]) {
        expect(idsOf(await search(query)), query).toEqual([])
      }
      await visitor.send('/api/me', { method: 'PATCH', json: { name: 'Somebody' } })
      await expect.poll(async () => idsOf(await search(word))).toEqual([])
    })

    it('and no longer one that was deleted', async () => {
      const member = await aMember(app)
      await expect.poll(async () => idsOf(await search(member.email))).toHaveLength(1)
      await member.send('/api/me', { method: 'DELETE', json: { password: PASSWORD } })
      await expect.poll(async () => idsOf(await search(member.email))).toEqual([])
      await expect.poll(async () => idsOf(await search(member.signedUp.user.id))).toEqual([])
    })

    it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=x', 'cursor=e30', 'cursor=%00', `query=${'x'.repeat(300)}`])(
      'but not for ?%s',
      async (query) => {
        const answer = await admin.get(`${USERS}?${query}`)
        expectProblem(answer, 422, 'invalid_fields')
        expect(Object.keys(answer.json.errors)).toEqual([query.split('=')[0]])
      },
    )

    it('with their sessions', async () => {
      const member = await aMember(app)
      const { sessions } = (await admin.get(`${USERS}/${member.signedUp.user.id}/sessions`)).json
      expect(sessions).toEqual([
        {
          id: member.signedUp.session.id,
          current: false,
          createdAt: ISO_TIME,
          lastSeenAt: ISO_TIME,
          expiresAt: ISO_TIME,
          userAgent: '',
          ip: member.ip,
        },
      ])
      expectProblem(await admin.get(`${USERS}/AAAAAAAAAAAAAAAAAAAAAA/sessions`), 404, 'not_found')
    })
  })

  describe('sets roles', () => {
    it('that there are, which the next access token names', async () => {
      const member = await aMember(app)
      const answer = await patch(admin, member, { roles: ['user', 'editor', 'editor'] })
      expect(answer.status).toBe(200)
      expect(answer.json).toEqual({ ...member.signedUp.user, roles: ['user', 'editor'], disabled: false })
      expect((await member.get('/api/me')).json.roles).toEqual(['user', 'editor'])
      await member.post('/api/auth/refresh')
      expect(readToken(member.cookies.get('access')).claims.roles).toEqual(['user', 'editor'])
      expect((await patch(admin, member, { roles: [] })).json.roles).toEqual([])
      expect((await member.get('/api/auth/activity')).json.activity[0]).toMatchObject({ type: 'roles.changed', ip: '' })
    })

    it.each([{ roles: ['owner'] }, { roles: 'x' }, { roles: [1] }, { roles: { a: 1 } }, { disabled: 'maybe' }])(
      'but not %j',
      async (json) => {
        const member = await aMember(app)
        expectProblem(await patch(admin, member, json), 422, 'invalid_fields')
        expect((await member.get('/api/me')).json).toEqual(member.signedUp.user)
      },
    )

    it('of accounts that there are', async () => {
      for (const id of ['AAAAAAAAAAAAAAAAAAAAAA', 'x', '%00']) {
        const answer = await admin.send(`${USERS}/${id}`, { method: 'PATCH', json: { roles: ['user'] } })
        expectProblem(answer, 404, 'not_found')
      }
    })
  })

  describe('disables an account,', () => {
    it('which ends its sessions and lets nobody in, and enables it again', async () => {
      const member = await aMember(app)
      const held = cookieHeader(member)
      const disabled = await patch(admin, member, { disabled: true })
      expect(disabled.json).toEqual({ ...member.signedUp.user, disabled: true })

      expectProblem(await aVisitor(app).get('/api/me', { cookie: held }), 401, 'unauthenticated')
      const refresh = () => aVisitor(app).send('/api/auth/refresh', { method: 'POST', headers: { cookie: held } })
      expectProblem(await refresh(), 401, 'invalid_token')
      const logIn = () => aVisitor(app).post('/api/auth/login', { email: member.email, password: PASSWORD })
      expectProblem(await logIn(), 401, 'invalid_credentials')
      expect((await search(member.email)).json.users).toMatchObject([{ disabled: true }])

      expect((await patch(admin, member, { disabled: false })).json.disabled).toBe(false)
      expectProblem(await refresh(), 401, 'session_revoked')
      expect((await logIn()).status).toBe(200)
    })

    it('but not by a change of nothing', async () => {
      const member = await aMember(app)
      expect((await patch(admin, member, {})).json).toEqual({ ...member.signedUp.user, disabled: false })
    })
  })

  describe('never locks the last admin out:', () => {
    it('nobody takes the role from themselves, disables or deletes themselves', async () => {
      const other = await anotherAdmin()
      for (const json of [{ roles: ['user'] }, { roles: [] }]) {
        expectProblem(await patch(other, other, json), 403, 'forbidden')
      }
      for (const who of [admin, other]) {
        expectProblem(await patch(who, who, { disabled: true }), 403, 'forbidden')
        expectProblem(await who.send('/api/me', { method: 'DELETE', json: { password: PASSWORD } }), 403, 'forbidden')
        expect((await patch(who, who, { roles: ['user', 'admin', 'editor'] })).status).toBe(200)
        expect((await who.get(USERS)).status).toBe(200)
      }
    })

    it('the one whom the settings name has the role, whatever becomes of it', async () => {
      expect((await patch(admin, admin, { roles: ['user'] })).json.roles).toEqual(['user', 'admin'])
      expect((await patch(await anotherAdmin(), admin, { roles: [] })).json.roles).toEqual(['admin'])
      expect((await patch(admin, admin, { roles: ['user'] })).json.roles).toEqual(['user', 'admin'])
      expect((await admin.get(USERS)).status).toBe(200)
    })

    it('of two who take each other’s role at once, one keeps it', async () => {
      for (let round = 0; round < 5; round++) {
        const [one, two] = [await anotherAdmin(), await anotherAdmin()]
        const statuses = await Promise.all([
          patch(one, two, { roles: ['user'] }).then(({ status }) => status),
          patch(two, one, { disabled: true }).then(({ status }) => status),
        ])
        expect(statuses.filter((status) => status === 200)).toHaveLength(1)
        const allowed = [await one.get(USERS), await two.get(USERS)].filter(({ status }) => status === 200)
        expect(allowed).toHaveLength(1)
      }
    })
  })

  it('takes a page’s forms', async () => {
    const member = await aMember(app)
    const { id } = member.signedUp.user
    const post = (body: string) =>
      admin.send(`${USERS}/${id}`, {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
      })
    const done = `/admin/users/${id}?done=access#access`
    expect((await post('_method=PATCH&roles=&roles=user&roles=editor')).header('location')).toBe(done)
    expect((await member.get('/api/me')).json.roles).toEqual(['user', 'editor'])
    expect((await post('_method=PATCH&roles=')).header('location')).toBe(done)
    expect((await member.get('/api/me')).json.roles).toEqual([])
    expect((await post('_method=PATCH&roles=owner')).header('location')).toBe(
      `/admin/users/${id}?error=invalid_fields&form=access&roles=role_unknown#access`,
    )
    expect((await post('_method=PATCH&disabled=true')).header('location')).toBe(done)
    expectProblem(await member.get('/api/me'), 401, 'unauthenticated')
  })
})
