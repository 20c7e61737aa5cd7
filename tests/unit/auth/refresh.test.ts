import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../lib/auth/authenticate.ts'
import type { SignedIn } from '../../../lib/auth/open-session.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { signRefreshToken } from '../../../lib/auth/refresh-token.ts'
import { listSessions } from '../../../lib/auth/sessions.ts'
import { NOW } from '../../support/builders.ts'
import { someSecrets } from '../../support/keys.ts'
import { aSignedInUser, aVisitor, aWorld, disableUser, type World } from '../../support/world.ts'

const VISITOR = aVisitor()

async function renew({ services }: World, token: string): Promise<SignedIn> {
  const renewed = await refresh(services, VISITOR, token)
  if (!renewed.ok) throw new Error(renewed.error.code)
  return renewed.value
}

function refusal(code: string) {
  return { ok: false, error: { code } }
}

describe('refresh', () => {
  it('tells the store the time with its fraction, and who reads it whole seconds', async () => {
    const world = aWorld()
    const { user, refreshToken } = await aSignedInUser(world)
    world.wait(0.75)
    const renewed = await renew(world, refreshToken)
    expect(renewed.session.advancedAt).toBe(NOW + 0.75)
    expect(renewed.accessExpiresAt).toBe(NOW + 600)
    expect(await listSessions(world.services, user.id, null)).toMatchObject([{ lastSeenAt: NOW }])
  })

  it('gives the successor, and an access token with the roles of today', async () => {
    const world = aWorld()
    const { user, session, refreshToken } = await aSignedInUser(world)
    world.wait(700)
    const renewed = await renew(world, refreshToken)
    expect(renewed.user).toEqual(user)
    expect(renewed.session).toMatchObject({ id: session.id, parent: 1, current: 2, advancedAt: NOW + 700 })
    expect(renewed.refreshToken).not.toBe(refreshToken)
    expect(renewed.accessExpiresAt).toBe(NOW + 1_300)
    const identity = await authenticate(world.services, { bearer: renewed.accessToken, accessCookie: null })
    expect(identity).toMatchObject({ id: user.id, sessionId: session.id, roles: ['user'] })
  })

  it('gives 50 that present one token at once the same successor', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    const renewed = await Promise.all(Array.from({ length: 50 }, () => renew(world, refreshToken)))
    expect(new Set(renewed.map((each) => each.refreshToken)).size).toBe(1)
  })

  it('gives the predecessor the same successor inside the grace, another one after it, which supersedes the first', async () => {
    const world = aWorld({ sessionPolicy: { refreshGrace: 30 } })
    const { refreshToken: first } = await aSignedInUser(world)
    const { refreshToken: second } = await renew(world, first)
    world.wait(30)
    expect((await renew(world, first)).refreshToken).toBe(second)
    world.wait(1)
    const { refreshToken: third } = await renew(world, first)
    expect(third).not.toBe(second)

    expect(await refresh(world.services, VISITOR, second)).toEqual(refusal('refresh_reused'))
    expect(await refresh(world.services, VISITOR, third)).toEqual(refusal('session_revoked'))
    expect(world.events.map(({ event }) => event)).toEqual(['signup.succeeded', 'session.reused'])
  })

  it('announces the end of a session whose token was used twice, and notes it for its owner', async () => {
    const world = aWorld()
    const { user, session, refreshToken } = await aSignedInUser(world)
    const { refreshToken: next } = await renew(world, refreshToken)
    const { accessToken } = await renew(world, next)
    const thief = aVisitor()
    expect(world.ended).toEqual([])
    expect(await refresh(world.services, thief, refreshToken)).toEqual(refusal('refresh_reused'))
    expect(world.ended).toEqual([session.id])
    expect(await authenticate(world.services, { bearer: accessToken, accessCookie: null })).toBeNull()
    const [newest] = await world.services.store.accounts.activity(user.id)
    expect(newest).toEqual({ type: 'session.reused', at: NOW, ip: thief.ip, userAgent: thief.userAgent, count: 1 })

    expect(await refresh(world.services, VISITOR, refreshToken)).toEqual(refusal('session_revoked'))
    expect(world.ended).toEqual([session.id])
  })

  it('ends when the session does, however much it is used, and when it was not used', async () => {
    const world = aWorld({ sessionPolicy: { sessionTtl: 1_000, sessionIdle: 600 } })
    const { refreshToken: idle } = await aSignedInUser(world)
    const { refreshToken: used } = await aSignedInUser(world)
    world.wait(599)
    const { refreshToken: next } = await renew(world, used)
    world.wait(1)
    expect(await refresh(world.services, VISITOR, idle)).toEqual(refusal('session_expired'))
    world.wait(399)
    const { refreshToken: last, accessExpiresAt } = await renew(world, next)
    expect(accessExpiresAt).toBe(NOW + 1_000)
    world.wait(1)
    expect(await refresh(world.services, VISITOR, last)).toEqual(refusal('session_expired'))
  })

  it('gives the role of an admin to whom the settings name, from the next renewal on', async () => {
    const world = aWorld()
    const { user, refreshToken } = await aSignedInUser(world)
    const rolePolicy = { ...world.services.rolePolicy, adminIds: new Set([user.id]) }
    const named = { ...world, services: { ...world.services, rolePolicy } }
    const renewed = await renew(named, refreshToken)
    expect(renewed.user.roles).toEqual(['user', 'admin'])
    const identity = await authenticate(named.services, { bearer: renewed.accessToken, accessCookie: null })
    expect(identity?.roles).toEqual(['user', 'admin'])
  })

  it('goes on from a token that the store has forgotten to have issued', async () => {
    const world = aWorld()
    const { user, session } = await aSignedInUser(world)
    const ahead = await signRefreshToken(world.services.secrets, { userId: user.id, sessionId: session.id, number: 5 })
    expect((await renew(world, ahead)).session.current).toBe(6)
  })

  it('goes on under a secret that is no longer the current one, and issues under the one that is', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    const [fresh] = await someSecrets()
    const rotated = { ...world, services: { ...world.services, secrets: [fresh, ...world.services.secrets] as const } }
    const { refreshToken: next } = await renew(rotated, refreshToken)
    expect((await renew({ ...world, services: { ...world.services, secrets: [fresh] } }, next)).session.current).toBe(3)
  })

  it('is over for a user who was disabled, and for one who never was', async () => {
    const world = aWorld()
    const { user, refreshToken } = await aSignedInUser(world)
    await disableUser(world, user.id)
    expect(await refresh(world.services, VISITOR, refreshToken)).toEqual(refusal('invalid_token'))
    const nobody = { userId: 'A'.repeat(22), sessionId: 'A'.repeat(22), number: 1 }
    const token = await signRefreshToken(world.services.secrets, nobody)
    expect(await refresh(world.services, VISITOR, token)).toEqual(refusal('invalid_token'))
  })

  it('refuses a forged token without asking the store', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    world.takeTrips()
    world.reach(false)
    const forged = refreshToken.replace(/\.1\./, '.2.')
    expect(forged).not.toBe(refreshToken)
    for (const token of [forged, '', 'garbage', refreshToken.slice(0, -1)]) {
      expect(await refresh(world.services, VISITOR, token)).toEqual(refusal('invalid_token'))
    }
    expect(world.takeTrips()).toEqual([])
  })

  it('is limited for each session, and changes nothing then', async () => {
    const limit = { limit: 2, window: 86_400 }
    const world = aWorld({ sessionPolicy: { refreshLimit: limit } })
    const { user, session, refreshToken } = await aSignedInUser(world)
    for (let i = 0; i < 2; i++) await renew(world, refreshToken)
    const before = await world.services.store.sessions.get(user.id, session.id)
    expect(await refresh(world.services, VISITOR, refreshToken)).toEqual({
      ok: false,
      error: {
        code: 'rate_limited',
        limits: [{ policy: 'refresh', ...limit, remaining: 0, resetAt: (Math.floor(NOW / 86_400) + 1) * 86_400 }],
        now: NOW,
      },
    })
    expect(await world.services.store.sessions.get(user.id, session.id)).toEqual(before)
    expect(world.events.at(-1)).toMatchObject({ event: 'session.limited', sessionId: session.id })
    await renew(world, (await aSignedInUser(world)).refreshToken)
  })

  it('says so when the store is out of reach, and loses no session', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    world.reach(false)
    await expect(refresh(world.services, VISITOR, refreshToken)).rejects.toThrow('out of reach')
    world.reach(true)
    expect((await renew(world, refreshToken)).session.current).toBe(2)
  })
})
