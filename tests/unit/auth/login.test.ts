import { describe, expect, it } from 'vitest'
import { confirmPassword } from '../../../lib/auth/confirm-password.ts'
import { type LoginForm, login } from '../../../lib/auth/login.ts'
import type { LimitPolicy, MailingServices } from '../../../lib/auth/services.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { NOW } from '../../support/builders.ts'
import { someSecrets } from '../../support/keys.ts'
import {
  afterHashing,
  aSignedInUser,
  aSignupForm,
  aVisitor,
  aWorld,
  disableUser,
  freshUser,
  ITERATIONS,
  replaceCredential,
  type World,
} from '../../support/world.ts'

const INVALID = { ok: false, error: { code: 'invalid_credentials' } }

/** A world in which somebody has an account. */
async function aWorldWithAccount(
  given?: Parameters<typeof aWorld>[0],
): Promise<World & { form: LoginForm; userId: string }> {
  const world = aWorld(given)
  const form = aSignupForm()
  const signedUp = await signup(world.services, aVisitor(), form)
  if (!signedUp.ok) throw new Error(signedUp.error.code)
  world.events.length = 0
  world.hashes.length = 0
  world.takeTrips()
  return { ...world, form, userId: signedUp.value.user.id }
}

/** The same world in which passwords are hashed differently. */
function rehashing({ services }: World, given: Partial<MailingServices['passwords']>): MailingServices {
  return { ...services, passwords: { ...services.passwords, ...given } }
}

describe('login', () => {
  it('opens a session for the right password', async () => {
    const { services, form, userId, events } = await aWorldWithAccount()
    const visitor = aVisitor()
    const signedIn = await login(services, visitor, { ...form, email: ` ${form.email.toUpperCase()}`, remember: true })
    if (!signedIn.ok) throw new Error(signedIn.error.code)
    const { user, session } = signedIn.value
    expect(user.id).toBe(userId)
    expect(session).toMatchObject({
      userId,
      remember: true,
      ip: visitor.ip,
      userAgent: visitor.userAgent,
      createdAt: NOW,
    })
    expect(await services.store.sessions.get(userId, session.id)).toEqual({ user, session })
    expect(events).toEqual([{ event: 'login.succeeded', userId, sessionId: session.id, ip: visitor.ip }])
  })

  it('gives an unknown address, a wrong password and a disabled account one answer for the same work', async () => {
    const world = await aWorldWithAccount()
    const { services, form, userId, hashes } = world
    const attempts = [
      async () => login(services, aVisitor(), { ...form, email: aSignupForm().email }),
      async () => login(services, aVisitor(), { ...form, password: 'another password' }),
      async () => {
        await disableUser(world, userId)
        return login(services, aVisitor(), form)
      },
    ]
    for (const attempt of attempts) {
      hashes.length = 0
      expect(await attempt()).toEqual(INVALID)
      expect(hashes).toEqual([ITERATIONS])
    }
  })

  it('opens a session for a password that was changed before', async () => {
    const world = await aWorldWithAccount()
    const { services, form, userId } = world
    await replaceCredential(world, userId)
    expect((await login(services, aVisitor(), form)).ok).toBe(true)
  })

  it.each([
    ['a bad address', { email: 'ada' }, { email: ['email_invalid'] }],
    ['a password that nobody can have', { password: 'x'.repeat(257) }, { password: ['password_too_long'] }],
  ])('refuses %s, and asks neither store nor hasher', async (_, given, fields) => {
    const { services, form, hashes, takeTrips } = await aWorldWithAccount()
    const refused = await login(services, aVisitor(), { ...form, ...given })
    expect(refused).toEqual({ ok: false, error: { code: 'invalid_fields', fields } })
    expect([hashes, takeTrips()]).toEqual([[], []])
  })

  it('takes a common password: it was taken when the list was shorter', async () => {
    const { services } = aWorld()
    expect(await login(services, aVisitor(), aSignupForm({ password: 'password' }))).toEqual(INVALID)
  })
})

describe('a limited login', () => {
  it('hashes nothing, whether client or account has had its share', async () => {
    const once = { limit: 1, window: 86_400 }
    const { services, form, hashes, events } = await aWorldWithAccount({
      limitPolicy: { loginIp: { limit: 2, window: 86_400 }, loginAccount: once },
    })
    const visitor = aVisitor()
    expect((await login(services, visitor, form)).ok).toBe(true)
    hashes.length = 0
    events.length = 0

    const byAccount = await login(services, visitor, form)
    expect(byAccount).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'login-account', ...once }] } })
    const byClient = await login(services, visitor, { ...form, email: aSignupForm().email })
    expect(byClient).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'login-ip', limit: 2 }] } })
    expect(hashes).toEqual([])
    expect(events.map(({ event }) => event)).toEqual(['login.limited', 'login.limited'])
  })

  it('counts every spelling of an address as one account', async () => {
    const { services, form } = await aWorldWithAccount({ limitPolicy: { loginAccount: { limit: 1, window: 86_400 } } })
    await login(services, aVisitor(), { ...form, password: 'another password' })
    const email = form.email.toUpperCase().replace('@', '\uff20')
    expect(await login(services, aVisitor(), { ...form, email })).toMatchObject({ error: { code: 'rate_limited' } })
  })

  it('is limited the same for an address that nobody has', async () => {
    const { services } = aWorld({ limitPolicy: { loginAccount: { limit: 1, window: 86_400 } } })
    const form = aSignupForm()
    expect(await login(services, aVisitor(), form)).toEqual(INVALID)
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'rate_limited' } })
  })
})

describe('an outdated hash', () => {
  it('is replaced when its owner logs in, and the session opens', async () => {
    const world = await aWorldWithAccount()
    const { services, form, userId, events, hashes } = world
    const stronger = rehashing(world, { iterations: 20 })
    const before = await services.store.accounts.credentialByEmail(form.email)
    expect((await login(stronger, aVisitor(), form)).ok).toBe(true)

    const after = await services.store.accounts.credentialByEmail(form.email)
    expect(after?.passwordHash).toMatch(/^\$pbkdf2-sha256\$i=20,/)
    expect(after?.version).toBe(before?.version)
    expect(events).toContainEqual({ event: 'password.rehashed', userId })
    hashes.length = 0
    expect((await login(stronger, aVisitor(), form)).ok).toBe(true)
    expect(hashes).toEqual([20])
  })

  it('is replaced when it is under an older secret', async () => {
    const world = await aWorldWithAccount()
    const [fresh] = await someSecrets()
    const rotated = rehashing(world, { secrets: [fresh, ...world.services.secrets] })
    expect((await login(rotated, aVisitor(), world.form)).ok).toBe(true)
    const retired = rehashing(world, { secrets: [fresh] })
    expect((await login(retired, aVisitor(), world.form)).ok).toBe(true)
  })

  it('stays when the password is wrong, and a refusal costs what it costs anyone', async () => {
    const world = await aWorldWithAccount()
    const { services, form, hashes } = world
    const stronger = rehashing(world, { iterations: 20 })
    expect(await login(stronger, aVisitor(), { ...form, password: 'another password' })).toEqual(INVALID)
    expect(hashes.reduce((sum, iterations) => sum + iterations)).toBe(20)
    const credential = await services.store.accounts.credentialByEmail(form.email)
    expect(credential?.passwordHash).toMatch(/^\$pbkdf2-sha256\$i=10,/)
  })

  it('is not put back over a password that was changed meanwhile', async () => {
    const world = await aWorldWithAccount()
    const { services, form, userId } = world
    const passwordHash = 'the hash of a new password'
    const stronger = afterHashing(rehashing(world, { iterations: 20 }), () =>
      replaceCredential(world, userId, passwordHash),
    )
    expect(await login(stronger, aVisitor(), form)).toEqual(INVALID)
    expect(await services.store.accounts.credentialByEmail(form.email)).toMatchObject({ passwordHash })
  })
})

describe('between the check of a password and the opening of the session', () => {
  it('a password that was changed opens nothing', async () => {
    const world = await aWorldWithAccount()
    const { services, form, userId, events } = world
    const meanwhile = afterHashing(services, () => replaceCredential(world, userId))
    expect(await login(meanwhile, aVisitor(), form)).toEqual(INVALID)
    expect(events.map(({ event }) => event)).toEqual(['login.failed'])
  })

  it('a user who was disabled gets nothing', async () => {
    const world = await aWorldWithAccount()
    const meanwhile = afterHashing(world.services, () => disableUser(world, world.userId))
    expect(await login(meanwhile, aVisitor(), world.form)).toEqual(INVALID)
  })

  it('a store that goes out of reach is said to be, and nobody is told that the password was wrong', async () => {
    const world = await aWorldWithAccount()
    const meanwhile = afterHashing(world.services, async () => world.reach(false))
    await expect(login(meanwhile, aVisitor(), world.form)).rejects.toThrow('out of reach')
    expect(world.events).toEqual([])
  })
})

it('records failures without a secret or a full address', async () => {
  const { services, form, events } = await aWorldWithAccount()
  const visitor = aVisitor()
  await login(services, visitor, { ...form, password: 'another password' })
  expect(events).toEqual([{ event: 'login.failed', account: `${form.email[0]}…@example.com`, ip: visitor.ip }])
})

it('says that the store is damaged when the stored hash is, and not that the password is wrong', async () => {
  const world = await aWorldWithAccount()
  const { services, form, userId } = world
  await replaceCredential(world, userId, 'damaged')
  await expect(login(services, aVisitor(), form)).rejects.toThrow(RangeError)
})

describe('a device that has logged in before', () => {
  const limit = { limit: 2, window: 900 }

  async function aGuessedAtAccount(limitPolicy: Partial<LimitPolicy> = { loginAccount: limit }) {
    const world = aWorld({ limitPolicy })
    const form = aSignupForm()
    const owner = await aSignedInUser(world, form)
    const { services } = world
    for (let i = 0; i < 3; i++) await login(services, aVisitor(), { ...form, password: 'a mere guess' })
    world.takeTrips()
    const logIn = (device: string | undefined, password = form.password) =>
      login(services, { ...aVisitor(), device: device ?? null }, { ...form, password })
    return { world, services, owner, form, logIn }
  }
  const LIMITED = { ok: false, error: { code: 'rate_limited' } }

  it('lets its owner in while others guess at the account', async () => {
    const { world, owner, logIn } = await aGuessedAtAccount()
    expect(await logIn(undefined)).toMatchObject(LIMITED)
    world.takeTrips()
    expect((await logIn(owner.device)).ok).toBe(true)
    expect(world.takeTrips()).toEqual([
      ['limits.take', 'accounts.credentialByEmail'],
      ['limits.take'],
      ['sessions.open'],
    ])
  })

  it('has no more attempts than anybody, so that its mark is not worth stealing', async () => {
    const { owner, logIn } = await aGuessedAtAccount()
    for (let i = 0; i < limit.limit; i++) {
      expect(await logIn(owner.device, 'a guess with the mark')).toMatchObject({
        error: { code: 'invalid_credentials' },
      })
    }
    const refused = await logIn(owner.device)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'login-device' }] } })
  })

  it('is known to its own account only', async () => {
    const { world, logIn } = await aGuessedAtAccount()
    const { device } = await aSignedInUser(world)
    expect(await logIn(device)).toMatchObject(LIMITED)
    expect(await logIn('A'.repeat(22))).toMatchObject(LIMITED)
  })

  it('does not get around the limit of its address', async () => {
    const { services, owner, form } = await aGuessedAtAccount({ loginIp: { limit: 1, window: 900 } })
    const visitor = { ...aVisitor(), device: owner.device ?? null }
    expect((await login(services, visitor, form)).ok).toBe(true)
    expect(await login(services, visitor, form)).toMatchObject(LIMITED)
  })

  it('does not, either, where both limits refuse', async () => {
    const { services, owner, form } = await aGuessedAtAccount({
      loginAccount: limit,
      loginIp: { limit: 1, window: 900 },
    })
    const visitor = { ...aVisitor(), device: owner.device ?? null }
    expect((await login(services, visitor, form)).ok).toBe(true)
    expect(await login(services, visitor, form)).toMatchObject({
      error: { code: 'rate_limited', limits: [{ policy: 'login-ip' }, { policy: 'login-account' }] },
    })
  })

  it('lets its owner confirm the password, too', async () => {
    const { world, services, owner, form } = await aGuessedAtAccount()
    const fresh = await freshUser(world, owner)
    const confirm = (device: string | undefined) =>
      confirmPassword(services, { ...aVisitor(), device: device ?? null }, fresh, form.password)
    expect(await confirm(undefined)).toMatchObject(LIMITED)
    expect((await confirm(owner.device)).ok).toBe(true)
  })
})
