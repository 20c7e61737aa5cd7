import { describe, expect, it } from 'vitest'
import { authenticate, type FreshUser } from '../../../lib/auth/authenticate.ts'
import { changePassword } from '../../../lib/auth/change-password.ts'
import { deleteAccount } from '../../../lib/auth/delete-account.ts'
import { login } from '../../../lib/auth/login.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import type { MailingServices } from '../../../lib/auth/services.ts'
import { NOW } from '../../support/builders.ts'
import {
  aFreshUser,
  afterHashing,
  aSignupForm,
  aVisitor,
  aWorld,
  ITERATIONS,
  meeting,
  replaceCredential,
  type World,
} from '../../support/world.ts'

const CURRENT = 'correct horse battery'
const NEXT = 'three brown foxes'
const FORM = { currentPassword: CURRENT, newPassword: NEXT }
const WRONG = { ok: false, error: { code: 'wrong_password' } }

/** Somebody signed in twice: here, and at another place. */
async function aStage(given?: Parameters<typeof aWorld>[0]) {
  const world = aWorld(given)
  const form = aSignupForm({ password: CURRENT, name: 'Ada Lovelace' })
  const here = await aFreshUser(world, form)
  const there = await logIn(world, form.email, CURRENT)
  if (!there.ok) throw new Error(there.error.code)
  world.events.length = 0
  world.hashes.length = 0
  world.takeTrips()
  return { world, services: world.services, here, there: there.value, email: form.email, fresh: here.fresh }
}

function logIn({ services }: Pick<World, 'services'>, email: string, password: string) {
  return login(services, aVisitor(), { email, password, remember: false })
}

function change(services: MailingServices, fresh: FreshUser, given: Partial<typeof FORM> = {}) {
  return changePassword(services, aVisitor(), fresh, { ...FORM, ...given })
}

describe('a change of password', () => {
  it('lets in by the new one, and by the old one no more', async () => {
    const { services, fresh, email } = await aStage()
    expect(await change(services, fresh)).toMatchObject({ ok: true })
    expect((await logIn({ services }, email, NEXT)).ok).toBe(true)
    expect((await logIn({ services }, email, CURRENT)).ok).toBe(false)
  })

  it('ends every other session everywhere, and lets this one go on', async () => {
    const { world, services, fresh, here, there } = await aStage()
    await change(services, fresh)
    expect(world.ended).toEqual([there.session.id])
    expect(await authenticate(services, { bearer: there.accessToken, accessCookie: null })).toBeNull()
    expect(await refresh(services, aVisitor(), there.refreshToken)).toMatchObject({
      error: { code: 'session_revoked' },
    })
    expect(await authenticate(services, { bearer: here.accessToken, accessCookie: null })).not.toBeNull()
    expect((await refresh(services, aVisitor(), here.refreshToken)).ok).toBe(true)
  })

  it('mails nobody where no mail is configured', async () => {
    const { world, services, fresh } = await aStage()
    expect((await change(services, fresh)).ok).toBe(true)
    expect(await world.settled()).toEqual([])
    expect(world.mails).toEqual([])
  })

  it('checks one hash and makes one, at the current work factor', async () => {
    const { world, services, fresh, email } = await aStage()
    const stronger = { ...services, passwords: { ...services.passwords, iterations: 20 } }
    await change(stronger, fresh)
    expect(world.hashes).toEqual([ITERATIONS, 20])
    const credential = await services.store.accounts.credentialByEmail(email)
    expect(credential).toMatchObject({ version: 2, passwordHash: expect.stringMatching(/^\$pbkdf2-sha256\$i=20,/) })
  })

  it('is noted for the owner, and recorded without a secret or a full address', async () => {
    const { world, services, fresh, email } = await aStage()
    const visitor = aVisitor()
    await changePassword(services, visitor, fresh, { ...FORM, currentPassword: 'another password' })
    await changePassword(services, visitor, fresh, FORM)
    const { id: userId, sessionId } = fresh
    expect(world.events).toEqual([
      { event: 'password.refused', userId, account: `${email[0]}…@example.com`, ip: visitor.ip },
      { event: 'password.changed', userId, sessionId, ip: visitor.ip },
    ])
    const [newest] = await services.store.accounts.activity(userId)
    expect(newest).toEqual({
      type: 'password.changed',
      at: NOW,
      ip: visitor.ip,
      userAgent: visitor.userAgent,
      count: 1,
    })
  })
})

describe('a change of password is refused', () => {
  it.each([
    ['to a short one', { newPassword: 'x7!kqz%' }, { newPassword: ['password_too_short'] }],
    ['to a long one', { newPassword: 'x7!kqz%p'.repeat(33) }, { newPassword: ['password_too_long'] }],
    ['to a common one', { newPassword: 'Password1' }, { newPassword: ['password_common'] }],
    ['to the own name', { newPassword: 'ada lovelace' }, { newPassword: ['password_personal'] }],
    ['from one that nobody can have', { currentPassword: 'x'.repeat(257) }, { currentPassword: ['password_too_long'] }],
    [
      'for both',
      { currentPassword: 'x'.repeat(257), newPassword: '' },
      { currentPassword: ['password_too_long'], newPassword: ['password_too_short'] },
    ],
  ])('%s, and neither store nor hasher are asked', async (_, given, fields) => {
    const { world, services, fresh } = await aStage()
    expect(await change(services, fresh, given)).toEqual({ ok: false, error: { code: 'invalid_fields', fields } })
    expect([world.hashes, world.takeTrips()]).toEqual([[], []])
  })

  it('for a wrong password: all stays as it was', async () => {
    const { world, services, fresh, email, there } = await aStage()
    const before = await services.store.accounts.credentialByEmail(email)
    expect(await change(services, fresh, { currentPassword: 'another password' })).toEqual(WRONG)
    expect(await services.store.accounts.credentialByEmail(email)).toEqual(before)
    expect(world.ended).toEqual([])
    expect((await refresh(services, aVisitor(), there.refreshToken)).ok).toBe(true)
  })

  it('when it was changed to another one meanwhile, which stays', async () => {
    const { world, services, fresh, email } = await aStage()
    const before = await services.store.accounts.credentialByEmail(email)
    let isFirst = true
    const meanwhile = afterHashing(services, async () => {
      if (isFirst) await replaceCredential(world, fresh.id)
      isFirst = false
    })
    expect(await change(meanwhile, fresh)).toEqual(WRONG)
    expect(await services.store.accounts.credentialByEmail(email)).toEqual({ ...before, version: 2 })
    expect(world.events).toEqual([])
  })

  it('when the account is gone', async () => {
    const { services, fresh } = await aStage()
    await deleteAccount(services, aVisitor(), fresh, CURRENT)
    expect(await change(services, fresh)).toEqual({ ok: false, error: { code: 'unauthenticated' } })
  })
})

describe('the attempts to change a password', () => {
  const once = { limit: 1, window: 86_400 }

  it('count as attempts to log in to the account, which then hash nothing', async () => {
    const { world, services, fresh, email } = await aStage({ limitPolicy: { loginAccount: { ...once, limit: 2 } } })
    expect(await change(services, fresh, { currentPassword: 'another password' })).toEqual(WRONG)
    world.hashes.length = 0
    const limits = [{ policy: 'login-account', limit: 2 }]
    expect(await logIn({ services }, email.toUpperCase(), CURRENT)).toMatchObject({
      error: { code: 'rate_limited', limits },
    })
    expect(await change(services, fresh)).toMatchObject({ error: { code: 'rate_limited', limits } })
    expect(world.hashes).toEqual([])
    expect(world.events.map(({ event }) => event)).toEqual(['password.refused', 'login.limited', 'password.limited'])
  })

  it('are counted for each account', async () => {
    const { services, fresh } = await aStage({ limitPolicy: { loginAccount: { ...once, limit: 2 } } })
    const other = await aFreshUser({ ...aWorld(), services }, { password: CURRENT })
    await change(services, fresh, { currentPassword: 'another password' })
    expect((await change(services, other.fresh)).ok).toBe(true)
  })
})

describe('two changes of password at once', () => {
  it('of a form that was sent twice are one, and both hear that it is done', async () => {
    const { world, services, fresh, email, there } = await aStage()
    const both = meeting(services)
    const [one, other] = await Promise.all([change(both, fresh), change(both, fresh)])
    expect([one?.ok, other?.ok]).toEqual([true, true])
    expect((await services.store.accounts.credentialByEmail(email))?.version).toBe(2)
    expect(world.ended).toEqual([there.session.id])
    expect(world.events.map(({ event }) => event)).toEqual(['password.changed'])
    const activity = await services.store.accounts.activity(fresh.id)
    expect(activity.filter(({ type }) => type === 'password.changed')).toHaveLength(1)
    expect((await logIn({ services }, email, NEXT)).ok).toBe(true)
  })

  it('to two passwords are one, and the other hears that it came too late', async () => {
    const { services, fresh, email } = await aStage()
    const both = meeting(services)
    const passwords = [NEXT, 'five grey geese']
    const changed = await Promise.all(passwords.map((newPassword) => change(both, fresh, { newPassword })))
    expect(changed.map(({ ok }) => ok).sort()).toEqual([false, true])
    expect(changed).toContainEqual(WRONG)
    for (const [i, password] of passwords.entries()) {
      expect((await logIn({ services }, email, password)).ok).toBe(changed[i]?.ok)
    }
  })
})

it('says so when the store is out of reach before the change, and ends no session', async () => {
  const { world, services, fresh } = await aStage()
  const meanwhile = afterHashing(services, async () => world.reach(false))
  await expect(change(meanwhile, fresh)).rejects.toThrow('out of reach')
  expect([world.ended, world.events]).toEqual([[], []])
})
