import { describe, expect, it } from 'vitest'
import { authenticate, authenticateFresh } from '../../../lib/auth/authenticate.ts'
import { logout } from '../../../lib/auth/logout.ts'
import { signAccessToken } from '../../../lib/auth/signing-keys.ts'
import { NOW } from '../../support/builders.ts'
import { aSignedInUser, aVisitor, aWorld, disableUser, elsewhere, ISSUER } from '../../support/world.ts'

function cookie(accessCookie: string) {
  return { bearer: null, accessCookie }
}

describe('a check by signature', () => {
  it('says who is signed in, and asks no store', async () => {
    const world = aWorld()
    const { user, session, accessToken } = await aSignedInUser(world)
    world.takeTrips()
    world.reach(false)
    const expected = { id: user.id, sessionId: session.id, roles: ['user'], expiresAt: NOW + 600 }
    expect(await authenticate(world.services, cookie(accessToken))).toEqual(expected)
    expect(await authenticate(world.services, { bearer: accessToken, accessCookie: null })).toEqual(expected)
    expect(await authenticate(world.services, cookie(accessToken))).toEqual(expected)
    expect(world.takeTrips()).toEqual([])
  })

  it('lets a bearer token win over a cookie, also a bad one', async () => {
    const world = aWorld()
    const [one, other] = [await aSignedInUser(world), await aSignedInUser(world)]
    const presented = { bearer: one.accessToken, accessCookie: other.accessToken }
    expect(await authenticate(world.services, presented)).toMatchObject({ id: one.user.id })
    expect(await authenticate(world.services, { ...presented, bearer: 'garbage' })).toBeNull()
    expect(await authenticate(world.services, { ...presented, bearer: '' })).toBeNull()
  })

  it('knows nobody without a token, or with one that has run out', async () => {
    const world = aWorld()
    const { accessToken } = await aSignedInUser(world)
    expect(await authenticate(world.services, { bearer: null, accessCookie: null })).toBeNull()
    expect(await authenticate(world.services, cookie(''))).toBeNull()
    world.wait(600)
    expect(await authenticate(world.services, cookie(accessToken))).toBeNull()
  })
})

describe('a session that has ended', () => {
  it('is refused from memory, as soon as this isolate has heard of it', async () => {
    const world = aWorld()
    const [one, other] = [await aSignedInUser(world), await aSignedInUser(world)]
    const { services } = world
    for (let i = 0; i < 2; i++) expect(await authenticate(services, cookie(one.accessToken))).not.toBeNull()
    services.announceEnd([one.session.id])
    world.takeTrips()
    world.reach(false)
    for (const presented of [cookie(one.accessToken), { bearer: one.accessToken, accessCookie: null }]) {
      expect(await authenticate(services, presented)).toBeNull()
      expect(await authenticateFresh(services, presented)).toBeNull()
    }
    expect(await authenticate(services, cookie(other.accessToken))).toMatchObject({ id: other.user.id })
    expect(world.takeTrips()).toEqual([])
  })
})

describe('a check that asks the store', () => {
  it('says who is signed in today, in one round trip', async () => {
    const world = aWorld()
    const { user, session, accessToken } = await aSignedInUser(world, { name: 'Ada' })
    world.takeTrips()
    const { disabled: _, ...shown } = user
    expect(await authenticateFresh(world.services, cookie(accessToken))).toEqual({
      ...shown,
      sessionId: session.id,
      expiresAt: NOW + 600,
      sessionExpiresAt: session.expiresAt,
    })
    expect(world.takeTrips()).toEqual([['sessions.get']])
  })

  it('takes the roles from the store, not from the token', async () => {
    const world = aWorld()
    const { user, session } = await aSignedInUser(world)
    const claims = { userId: user.id, sessionId: session.id, roles: ['admin'], expiresAt: NOW + 600 }
    const token = await signAccessToken(world.services.keys, ISSUER, claims, NOW)
    expect((await authenticateFresh(world.services, cookie(token)))?.roles).toEqual(['user'])
  })

  it('says who is an admin by the settings, though neither token nor store do', async () => {
    const world = aWorld()
    const { user, accessToken } = await aSignedInUser(world)
    const rolePolicy = { ...world.services.rolePolicy, adminIds: new Set([user.id]) }
    const fresh = await authenticateFresh({ ...world.services, rolePolicy }, cookie(accessToken))
    expect(fresh?.roles).toEqual(['user', 'admin'])
  })

  it('refuses a token whose session was ended, or has expired, or was idle for too long', async () => {
    const world = aWorld({ sessionPolicy: { sessionIdle: 300, accessTtl: 600 } })
    const { accessToken, refreshToken } = await aSignedInUser(world)
    await logout(world.services, aVisitor(), { ...cookie(accessToken), refreshCookie: refreshToken })
    expect(await authenticate(elsewhere(world), cookie(accessToken))).not.toBeNull()
    expect(await authenticateFresh(elsewhere(world), cookie(accessToken))).toBeNull()

    const idle = await aSignedInUser(world)
    world.wait(299)
    expect(await authenticateFresh(world.services, cookie(idle.accessToken))).not.toBeNull()
    world.wait(1)
    expect(await authenticate(world.services, cookie(idle.accessToken))).not.toBeNull()
    expect(await authenticateFresh(world.services, cookie(idle.accessToken))).toBeNull()
  })

  it('refuses a token that outlives its session', async () => {
    const world = aWorld()
    const { user, session } = await aSignedInUser(world)
    const claims = { userId: user.id, sessionId: session.id, roles: ['user'], expiresAt: session.expiresAt + 600 }
    const token = await signAccessToken(world.services.keys, ISSUER, claims, NOW)
    world.wait(86_399)
    expect(await authenticateFresh(world.services, cookie(token))).not.toBeNull()
    world.wait(1)
    expect(await authenticate(world.services, cookie(token))).not.toBeNull()
    expect(await authenticateFresh(world.services, cookie(token))).toBeNull()
  })

  it('refuses a user who is disabled, whatever may be left of their sessions', async () => {
    const { services, ...world } = aWorld()
    const { accessToken } = await aSignedInUser({ ...world, services })
    const { sessions } = services.store
    const get: typeof sessions.get = async (...session) => {
      const found = await sessions.get(...session)
      return found && { ...found, user: { ...found.user, disabled: true } }
    }
    const store = { ...services.store, sessions: { ...sessions, get } }
    expect(await authenticateFresh(services, cookie(accessToken))).not.toBeNull()
    expect(await authenticateFresh({ ...services, store }, cookie(accessToken))).toBeNull()
  })

  it('refuses a user who was disabled, and a session that is not there', async () => {
    const world = aWorld()
    const { user, accessToken } = await aSignedInUser(world)
    await disableUser(world, user.id)
    expect(await authenticateFresh(elsewhere(world), cookie(accessToken))).toBeNull()
    const claims = { userId: user.id, sessionId: 'none', roles: [], expiresAt: NOW + 600 }
    const token = await signAccessToken(world.services.keys, ISSUER, claims, NOW)
    expect(await authenticateFresh(world.services, cookie(token))).toBeNull()
  })

  it('asks no store about a token that is not ours', async () => {
    const world = aWorld()
    expect(await authenticateFresh(world.services, cookie('garbage'))).toBeNull()
    expect(world.takeTrips()).toEqual([])
  })

  it('says so when the store is out of reach', async () => {
    const world = aWorld()
    const { accessToken } = await aSignedInUser(world)
    world.reach(false)
    await expect(authenticateFresh(world.services, cookie(accessToken))).rejects.toThrow('out of reach')
  })
})
