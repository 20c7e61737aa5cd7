import { describe, expect, it } from 'vitest'
import { authenticate, type Presented } from '../../../lib/auth/authenticate.ts'
import { logout } from '../../../lib/auth/logout.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { aSignedInUser, aVisitor, aWorld, type World } from '../../support/world.ts'

const NOTHING = { bearer: null, accessCookie: null, refreshCookie: null }

function logOut({ services }: World, presented: Partial<Presented & { refreshCookie: string | null }>): Promise<void> {
  return logout(services, aVisitor(), { ...NOTHING, ...presented })
}

async function hasEnded({ services }: World, refreshToken: string): Promise<boolean> {
  const refreshed = await refresh(services, aVisitor(), refreshToken)
  return !refreshed.ok && refreshed.error.code === 'session_revoked'
}

describe('logout ends the session', () => {
  it.each([
    ['both cookies', ['accessCookie', 'refreshCookie'], 0],
    ['the refresh cookie alone', ['refreshCookie'], 0],
    ['the access cookie alone', ['accessCookie'], 0],
    ['an access cookie that has expired', ['accessCookie'], 3_600],
    ['a bearer token', ['bearer'], 0],
    ['a bearer token that has expired', ['bearer'], 3_600],
  ] as const)('of %s', async (_, shown, later) => {
    const world = aWorld()
    const { user, session, accessToken, refreshToken } = await aSignedInUser(world)
    const tokens = { bearer: accessToken, accessCookie: accessToken, refreshCookie: refreshToken }
    world.wait(later)
    await logOut(world, Object.fromEntries(shown.map((name) => [name, tokens[name]])))
    expect(await hasEnded(world, refreshToken)).toBe(true)
    expect(world.events.at(-1)).toMatchObject({ event: 'session.ended', userId: user.id, sessionId: session.id })
  })

  it('of the access cookie when the refresh cookie is not ours', async () => {
    const world = aWorld()
    const { accessToken, refreshToken } = await aSignedInUser(world)
    await logOut(world, { accessCookie: accessToken, refreshCookie: 'garbage' })
    expect(await hasEnded(world, refreshToken)).toBe(true)
  })

  it('of a superseded refresh token too', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    const renewed = await refresh(world.services, aVisitor(), refreshToken)
    await logOut(world, { refreshCookie: refreshToken })
    expect(await hasEnded(world, renewed.ok ? renewed.value.refreshToken : '')).toBe(true)
  })

  it('of the bearer, not of the cookies beside it', async () => {
    const world = aWorld()
    const [app, browser] = [await aSignedInUser(world), await aSignedInUser(world)]
    await logOut(world, {
      bearer: app.accessToken,
      accessCookie: browser.accessToken,
      refreshCookie: browser.refreshToken,
    })
    expect(await hasEnded(world, app.refreshToken)).toBe(true)
    expect(await hasEnded(world, browser.refreshToken)).toBe(false)
  })

  it('and no other of the same user', async () => {
    const world = aWorld()
    const [one, other] = [await aSignedInUser(world), await aSignedInUser(world)]
    await logOut(world, { refreshCookie: one.refreshToken })
    expect(await hasEnded(world, other.refreshToken)).toBe(false)
  })
})

describe('a log-out', () => {
  it('is announced, so that no isolate takes the access token any more', async () => {
    const world = aWorld()
    const { session, accessToken, refreshToken } = await aSignedInUser(world)
    await logOut(world, { accessCookie: accessToken, refreshCookie: refreshToken })
    expect(world.ended).toEqual([session.id])
    expect(await authenticate(world.services, { bearer: null, accessCookie: accessToken })).toBeNull()
  })
})

describe('a log-out that the store did not do', () => {
  it('is announced to nobody: the session runs on', async () => {
    const world = aWorld()
    const { accessToken, refreshToken } = await aSignedInUser(world)
    world.reach(false)
    const leaving = logOut(world, { accessCookie: accessToken, refreshCookie: refreshToken })
    await expect(leaving).rejects.toThrow('out of reach')
    world.reach(true)
    expect([world.ended, world.events.map(({ event }) => event)]).toEqual([[], ['signup.succeeded']])
    expect(await authenticate(world.services, { bearer: null, accessCookie: accessToken })).not.toBeNull()
    expect(await hasEnded(world, refreshToken)).toBe(false)
  })
})

describe('logout without a session', () => {
  it.each([
    ['nothing', {}],
    ['garbage', { bearer: 'garbage' }],
    ['garbage in cookies', { accessCookie: 'garbage', refreshCookie: 'garbage' }],
    ['empty cookies', { accessCookie: '', refreshCookie: '' }],
  ])('has nothing to do: %s', async (_, presented) => {
    const world = aWorld()
    world.reach(false)
    await logOut(world, presented)
    expect([world.events, world.ended]).toEqual([[], []])
    expect(world.takeTrips()).toEqual([])
  })
})
