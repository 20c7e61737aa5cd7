import { describe, expect, it } from 'vitest'
import { authenticate, type FreshUser } from '../../../lib/auth/authenticate.ts'
import { deleteAccount } from '../../../lib/auth/delete-account.ts'
import { login } from '../../../lib/auth/login.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import type { Services } from '../../../lib/auth/services.ts'
import { signup } from '../../../lib/auth/signup.ts'
import {
  aFreshUser,
  afterHashing,
  aSignupForm,
  aVisitor,
  aWorld,
  freshUser,
  meeting,
  replaceCredential,
  setAccessOf,
} from '../../support/world.ts'

const PASSWORD = 'correct horse battery'
const WRONG = { ok: false, error: { code: 'wrong_password' } }
const FORBIDDEN = { ok: false, error: { code: 'forbidden' } }

async function aStage(given?: Parameters<typeof aWorld>[0]) {
  const world = aWorld(given)
  const form = aSignupForm({ email: `Ada.${crypto.randomUUID()}@Example.com`, password: PASSWORD })
  const here = await aFreshUser(world, form)
  const there = await login(world.services, aVisitor(), form)
  if (!there.ok) throw new Error(there.error.code)
  world.events.length = 0
  world.hashes.length = 0
  world.takeTrips()
  return { world, services: world.services, form, here, there: there.value, fresh: here.fresh }
}

function remove(services: Services, fresh: FreshUser, password = PASSWORD) {
  return deleteAccount(services, aVisitor(), fresh, password)
}

async function isThere({ store }: Services, { id }: FreshUser): Promise<boolean> {
  return (await store.accounts.userById(id)) !== null
}

describe('the deletion of an account', () => {
  it('leaves nothing of it, and ends its sessions everywhere', async () => {
    const { world, services, form, here, there, fresh } = await aStage()
    const { accounts, sessions } = services.store
    const visitor = aVisitor()
    expect(await deleteAccount(services, visitor, fresh, PASSWORD)).toEqual({ ok: true, value: undefined })
    expect(await accounts.userById(fresh.id)).toBeNull()
    expect(await accounts.credentialById(fresh.id)).toBeNull()
    expect(await accounts.credentialByEmail(form.email.toLowerCase())).toBeNull()
    expect([await accounts.activity(fresh.id), await sessions.list(fresh.id)]).toEqual([[], []])

    expect(world.ended.toSorted()).toEqual([here.session.id, there.session.id].sort())
    for (const { accessToken, refreshToken } of [here, there]) {
      expect(await authenticate(services, { bearer: accessToken, accessCookie: null })).toBeNull()
      expect(await refresh(services, aVisitor(), refreshToken)).toMatchObject({ error: { code: 'invalid_token' } })
    }
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(world.events.find(({ event }) => event === 'account.deleted')).toEqual({
      event: 'account.deleted',
      userId: fresh.id,
      account: 'a…@example.com',
      ip: visitor.ip,
    })
  })

  it('frees the address for a new account, which knows nothing of the old one', async () => {
    const { services, form, here, fresh } = await aStage()
    await remove(services, fresh)
    const again = await signup(services, aVisitor(), { ...form, password: 'three brown foxes' })
    if (!again.ok) throw new Error(again.error.code)
    expect(again.value.user.id).not.toBe(fresh.id)
    expect(await services.store.accounts.activity(again.value.user.id)).toHaveLength(1)
    expect((await login(services, aVisitor(), form)).ok).toBe(false)
    expect((await refresh(services, aVisitor(), here.refreshToken)).ok).toBe(false)
  })

  it('that is asked for twice at once is done once, and both hear that it is', async () => {
    const { world, services, fresh } = await aStage()
    const both = meeting(services)
    const answers = await Promise.all([remove(both, fresh), remove(both, fresh)])
    expect(answers.map(({ ok }) => ok)).toEqual([true, true])
    expect(world.events.map(({ event }) => event)).toEqual(['account.deleted'])
  })
})

describe('an account is not deleted', () => {
  it('for a wrong password', async () => {
    const { world, services, fresh } = await aStage()
    expect(await remove(services, fresh, 'another password')).toEqual(WRONG)
    expect(await isThere(services, fresh)).toBe(true)
    expect(world.ended).toEqual([])
    expect(world.events.map(({ event }) => event)).toEqual(['password.refused'])
  })

  it('for a password that nobody can have, and nobody is asked', async () => {
    const { world, services, fresh } = await aStage()
    expect(await remove(services, fresh, 'x'.repeat(257))).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { password: ['password_too_long'] } },
    })
    expect([world.hashes, world.takeTrips()]).toEqual([[], []])
  })

  it('while it is an admin’s, by the store or by the settings', async () => {
    const { world, services, here, fresh } = await aStage()
    const rolePolicy = { ...services.rolePolicy, adminIds: new Set([fresh.id]) }
    const named = { ...world, services: { ...services, rolePolicy } }
    expect(await remove(named.services, await freshUser(named, here))).toEqual(FORBIDDEN)
    await setAccessOf(world, fresh.id, { roles: ['user', 'admin'] })
    expect(await remove(services, await freshUser(world, here))).toEqual(FORBIDDEN)
    expect(world.hashes).toEqual([])
    expect(await isThere(services, fresh)).toBe(true)
  })

  it('when its owner was made an admin meanwhile', async () => {
    const { world, services, fresh } = await aStage()
    const meanwhile = afterHashing(services, () => setAccessOf(world, fresh.id, { roles: ['admin'] }))
    expect(await remove(meanwhile, fresh)).toEqual(WRONG)
    expect(await isThere(services, fresh)).toBe(true)
    expect(world.ended).toEqual([])
  })

  it('when its password was changed meanwhile', async () => {
    const { world, services, fresh } = await aStage()
    const meanwhile = afterHashing(services, () => replaceCredential(world, fresh.id))
    expect(await remove(meanwhile, fresh)).toEqual(WRONG)
    expect(await isThere(services, fresh)).toBe(true)
  })

  it('when the attempts to log in to it are used up, which these are too', async () => {
    const { world, services, form, fresh } = await aStage({
      limitPolicy: { loginAccount: { limit: 2, window: 86_400 } },
    })
    expect(await remove(services, fresh, 'another password')).toEqual(WRONG)
    world.hashes.length = 0
    expect(await remove(services, fresh)).toMatchObject({
      error: { code: 'rate_limited', limits: [{ policy: 'login-account', limit: 2 }] },
    })
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'rate_limited' } })
    expect(world.hashes).toEqual([])
  })

  it('when the store is out of reach, and no session ends', async () => {
    const { world, services, fresh } = await aStage()
    const meanwhile = afterHashing(services, async () => world.reach(false))
    await expect(remove(meanwhile, fresh)).rejects.toThrow('out of reach')
    expect([world.ended, world.events]).toEqual([[], []])
  })
})
