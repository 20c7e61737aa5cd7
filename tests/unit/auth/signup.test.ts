import { describe, expect, it } from 'vitest'
import { deleteAccount } from '../../../lib/auth/delete-account.ts'
import { login } from '../../../lib/auth/login.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { NOW } from '../../support/builders.ts'
import { aFreshUser, aSignupForm, aVisitor, aWorld, ITERATIONS } from '../../support/world.ts'

describe('sign-up', () => {
  it('creates an account and signs its owner in', async () => {
    const { services } = aWorld()
    const form = aSignupForm({ email: `  Ada.${crypto.randomUUID()}@Example.com `, name: ' Ada ' })
    const signedUp = await signup(services, aVisitor(), form)
    expect(signedUp).toMatchObject({
      ok: true,
      value: {
        user: {
          id: expect.stringMatching(/^[\w-]{22}$/),
          email: form.email.trim(),
          emailVerified: false,
          name: 'Ada',
          roles: ['user'],
          disabled: false,
          createdAt: NOW,
        },
        session: { parent: 0, current: 1 },
      },
    })
    if (!signedUp.ok) return
    const { user, session } = signedUp.value
    expect(await services.store.sessions.get(user.id, session.id)).toEqual({ user, session })
  })

  it('stores a hash at the current work factor, and the password nowhere', async () => {
    const { services, hashes } = aWorld()
    const form = aSignupForm()
    await signup(services, aVisitor(), form)
    expect(hashes).toEqual([ITERATIONS])
    const credential = await services.store.accounts.credentialByEmail(form.email)
    expect(credential?.passwordHash).toMatch(/^\$pbkdf2-sha256\$i=10,/)
    expect(credential?.passwordHash).not.toContain(form.password)
  })

  it.each([
    ['a bad address', { email: 'ada@localhost' }, { email: ['email_invalid'] }],
    ['a long address', { email: `${'a'.repeat(250)}@example.com` }, { email: ['email_too_long'] }],
    ['a short password', { password: 'x7!kqz%' }, { password: ['password_too_short'] }],
    ['a long password', { password: 'x7!kqz%p'.repeat(33) }, { password: ['password_too_long'] }],
    ['a common password', { password: 'Password1' }, { password: ['password_common'] }],
    ['the name for a password', { name: 'Augusta Ada', password: 'augusta ada' }, { password: ['password_personal'] }],
    ['a long name', { name: 'x'.repeat(101) }, { name: ['name_too_long'] }],
    ['a name of two lines', { name: 'Ada\nLovelace' }, { name: ['invalid'] }],
    ['both', { email: '', password: '' }, { email: ['email_invalid'], password: ['password_too_short'] }],
  ])('refuses %s, and asks neither store nor hasher', async (_, given, fields) => {
    const { services, hashes, takeTrips } = aWorld()
    const refused = await signup(services, aVisitor(), aSignupForm(given))
    expect(refused).toEqual({ ok: false, error: { code: 'invalid_fields', fields } })
    expect([hashes, takeTrips()]).toEqual([[], []])
  })

  it('mails an address no more often because its accounts are deleted and made anew', async () => {
    const world = aWorld({ canMail: true, limitPolicy: { forgotAccount: { limit: 2, window: 3_600 } } })
    const form = aSignupForm()
    for (let i = 0; i < 4; i++) {
      const { fresh } = await aFreshUser(world, form)
      await world.settled()
      expect((await deleteAccount(world.services, aVisitor(), fresh, form.password)).ok).toBe(true)
    }
    expect(world.mails.map(({ to }) => to)).toEqual([form.email, form.email])
    expect(world.events.filter(({ event }) => event === 'notice.limited')).toHaveLength(2)
  })

  it('refuses an address that has an account, in whatever spelling, and hashes nothing', async () => {
    const { services, hashes, events } = aWorld()
    const form = aSignupForm()
    await signup(services, aVisitor(), form)
    hashes.length = 0
    for (const email of [form.email, form.email.toUpperCase(), ` ${form.email.replace('@', '\uff20')}`]) {
      const refused = await signup(services, aVisitor(), { ...form, email })
      expect(refused).toEqual({ ok: false, error: { code: 'email_taken' } })
    }
    expect(hashes).toEqual([])
    expect(events.at(-1)?.event).toBe('signup.refused')
  })

  it('creates one account of 30 that ask for one address at once, and its owner can log in', async () => {
    const { services, events } = aWorld()
    const forms = Array.from({ length: 30 }, (_, i) => aSignupForm({ email: 'x', password: `a passphrase of ${i}` }))
    const email = aSignupForm().email
    const results = await Promise.all(forms.map((form) => signup(services, aVisitor(), { ...form, email })))
    const refusals = results.filter((result) => !result.ok).map(({ error }) => error.code)
    expect(refusals).toEqual(Array.from({ length: 29 }, () => 'email_taken'))
    expect(events.filter(({ event }) => event === 'signup.succeeded')).toHaveLength(1)

    const winner = forms[results.findIndex(({ ok }) => ok)]
    const loser = forms[results.findIndex(({ ok }) => !ok)]
    const logIn = (password = '') => login(services, aVisitor(), { email, password, remember: false })
    expect((await logIn(winner?.password)).ok).toBe(true)
    expect((await logIn(loser?.password)).ok).toBe(false)
  })

  it('hashes nothing for a limited client', async () => {
    const { services, hashes, events } = aWorld({ limitPolicy: { signupIp: { limit: 1, window: 86_400 } } })
    const visitor = aVisitor()
    expect((await signup(services, visitor, aSignupForm())).ok).toBe(true)
    hashes.length = 0
    const form = aSignupForm()
    expect(await signup(services, visitor, form)).toMatchObject({
      ok: false,
      error: {
        code: 'rate_limited',
        now: NOW,
        limits: [{ policy: 'signup-ip', limit: 1, window: 86_400, remaining: 0 }],
      },
    })
    expect(hashes).toEqual([])
    expect(events.at(-1)?.event).toBe('signup.limited')
    expect(await services.store.accounts.credentialByEmail(form.email)).toBeNull()
    expect((await signup(services, aVisitor(), form)).ok).toBe(true)
  })

  it('counts the addresses of one IPv6 subscriber as one client', async () => {
    const { services } = aWorld({ limitPolicy: { signupIp: { limit: 1, window: 86_400 } } })
    const network = `2001:db8:${crypto.randomUUID().slice(0, 4)}:${crypto.randomUUID().slice(0, 4)}`
    const from = (ip: string) => signup(services, { ...aVisitor(), ip }, aSignupForm())
    expect((await from(`${network}::1`)).ok).toBe(true)
    expect(await from(`${network}:1:2:3:4`)).toMatchObject({ error: { code: 'rate_limited' } })
  })

  it('records what happened without a secret, a token or a full address', async () => {
    const { services, events } = aWorld({ limitPolicy: { signupIp: { limit: 2, window: 86_400 } } })
    const [visitor, form] = [aVisitor(), aSignupForm()]
    const signedUp = await signup(services, visitor, form)
    await signup(services, visitor, form)
    await signup(services, visitor, form)
    if (!signedUp.ok) throw new Error('refused')
    const { user, session, accessToken, refreshToken } = signedUp.value
    const account = `${form.email[0]}…@example.com`
    expect(events).toEqual([
      { event: 'signup.succeeded', userId: user.id, sessionId: session.id, ip: visitor.ip },
      { event: 'signup.refused', account, ip: visitor.ip },
      { event: 'signup.limited', account, ip: visitor.ip },
    ])
    const text = JSON.stringify(events)
    const hash = (await services.store.accounts.credentialByEmail(form.email))?.passwordHash ?? ''
    for (const secret of [form.email, form.password, accessToken, refreshToken, hash])
      expect(text).not.toContain(secret)
  })

  it('leaves nothing behind when the store is out of reach', async () => {
    const { services, reach } = aWorld()
    const form = aSignupForm()
    reach(false)
    await expect(signup(services, aVisitor(), form)).rejects.toThrow('out of reach')
    reach(true)
    expect(await services.store.accounts.credentialByEmail(form.email)).toBeNull()
    expect((await signup(services, aVisitor(), form)).ok).toBe(true)
  })
})
