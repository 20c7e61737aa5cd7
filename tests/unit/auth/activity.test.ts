import { describe, expect, it } from 'vitest'
import { activityOf } from '../../../lib/auth/activity.ts'
import { login } from '../../../lib/auth/login.ts'
import type { Visitor } from '../../../lib/auth/services.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { MAX_ACTIVITY } from '../../../lib/store/contract.ts'
import { NOW } from '../../support/builders.ts'
import { aSignupForm, aVisitor, aWorld, disableUser, type World } from '../../support/world.ts'

/** A world in which somebody has just made an account. */
async function aStage(given?: Parameters<typeof aWorld>[0]) {
  const world = aWorld(given)
  const form = aSignupForm()
  const visitor = aVisitor()
  const signedUp = await signup(world.services, visitor, form)
  if (!signedUp.ok) throw new Error(signedUp.error.code)
  return { world, services: world.services, form, visitor, userId: signedUp.value.user.id }
}

async function activityIn(world: World, userId: string) {
  await world.settled()
  return world.services.store.accounts.activity(userId)
}

const wrong = { password: 'another password' }

const placeOf = ({ ip, userAgent }: Visitor) => ({ ip, userAgent })

describe('the activity of an account', () => {
  it('names sign-up and log-ins with when and from where, the newest first', async () => {
    const { world, services, form, visitor, userId } = await aStage()
    const elsewhere = { ...aVisitor(), userAgent: 'Another browser' }
    world.wait(60)
    await login(services, elsewhere, form)
    expect(await activityIn(world, userId)).toEqual([
      { type: 'login.succeeded', at: NOW + 60, ...placeOf(elsewhere), count: 1 },
      { type: 'account.created', at: NOW, ...placeOf(visitor), count: 1 },
    ])
  })

  it('names refused attempts, several in a row as one with the newest', async () => {
    const { world, services, form, userId } = await aStage()
    for (let i = 0; i < 3; i++) {
      world.wait(1)
      await login(services, aVisitor(), { ...form, ...wrong })
      await world.settled()
    }
    await login(services, aVisitor(), form)
    const newest = aVisitor()
    await login(services, newest, { ...form, ...wrong })
    expect(await activityIn(world, userId)).toMatchObject([
      { type: 'login.failed', at: NOW + 3, ...placeOf(newest), count: 1 },
      { type: 'login.succeeded', count: 1 },
      { type: 'login.failed', at: NOW + 3, count: 3 },
      { type: 'account.created' },
    ])
  })

  it('names the attempts to log in to an account that is disabled', async () => {
    const { world, services, form, userId } = await aStage()
    await disableUser(world, userId)
    await login(services, aVisitor(), form)
    expect((await activityIn(world, userId))[0]?.type).toBe('login.failed')
  })

  it('keeps the last 50', async () => {
    const { world, services, form, userId } = await aStage()
    for (let i = 0; i < 50; i++) await login(services, aVisitor(), form)
    const types = (await activityIn(world, userId)).map(({ type }) => type)
    expect(types).toEqual(Array.from({ length: 50 }, () => 'login.succeeded'))
    expect(MAX_ACTIVITY).toBe(50)
  })

  it('keeps 256 characters of a user agent', () => {
    const entry = activityOf('login.succeeded', { ip: '', userAgent: 'x'.repeat(10_000), device: null }, NOW)
    expect(entry.userAgent).toBe('x'.repeat(256))
  })
})

describe('a refused attempt', () => {
  it('is written after the answer, whose time shall not tell that there is an account', async () => {
    const { services, form } = await aStage()
    const begun: string[] = []
    const appendActivity = (userId: string) => {
      begun.push(userId)
      return new Promise<void>(() => {})
    }
    const { store } = services
    const slow = { ...services, store: { ...store, accounts: { ...store.accounts, appendActivity } } }
    expect((await login(slow, aVisitor(), { ...form, ...wrong })).ok).toBe(false)
    expect(begun).toHaveLength(1)
  })

  it.each([
    ['for an address that nobody has', () => aSignupForm()],
    ['for an address that is none', () => aSignupForm({ email: 'ada' })],
  ])('%s is written nowhere', async (_, aForm) => {
    const world = aWorld()
    expect((await login(world.services, aVisitor(), aForm())).ok).toBe(false)
    expect(await world.settled()).toEqual([])
  })

  it('over the limit is written nowhere: nothing was tried', async () => {
    const { world, services, form } = await aStage({ limitPolicy: { loginAccount: { limit: 1, window: 86_400 } } })
    await login(services, aVisitor(), { ...form, ...wrong })
    expect(await world.settled()).toEqual(['accounts.appendActivity'])
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'rate_limited' } })
    expect(await world.settled()).toEqual([])
  })
})
