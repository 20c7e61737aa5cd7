import { describe, expect, it } from 'vitest'
import { newId } from '../../../lib/auth/ids.ts'
import { openSession, type SignedIn } from '../../../lib/auth/open-session.ts'
import { verifyRefreshToken } from '../../../lib/auth/refresh-token.ts'
import type { Session } from '../../../lib/store/contract.ts'
import { aUser, NOW } from '../../support/builders.ts'
import { aVisitor, aWorld, ISSUER, type World } from '../../support/world.ts'

const VISITOR = { ip: '192.0.2.7', userAgent: 'Mozilla/5.0', device: null }

async function open(
  { services }: World,
  { remember = false, visitor = VISITOR, user = aUser({ id: newId(services) }) } = {},
) {
  const committed: Session[] = []
  const signedIn = await openSession(services, visitor, { userId: user.id, version: 1, remember }, async (session) => {
    committed.push(session)
    return user
  })
  if (!signedIn) throw new Error('refused')
  return { signedIn, committed, user }
}

describe('the one door', () => {
  it('opens a session that begins at its first token, and hands out what was stored', async () => {
    const world = aWorld()
    const { signedIn, committed, user } = await open(world)
    expect(committed).toEqual([signedIn.session])
    expect(signedIn.session).toEqual({
      id: expect.stringMatching(/^[\w-]{22}$/),
      userId: user.id,
      parent: 0,
      current: 1,
      advancedAt: NOW,
      createdAt: NOW,
      expiresAt: NOW + 86_400,
      remember: false,
      userAgent: 'Mozilla/5.0',
      ip: '192.0.2.7',
      revokedAt: null,
      refreshes: { window: 0, current: 0, previous: 0 },
    })
  })

  it('issues an access token and refresh token number 1 for it', async () => {
    const { services } = aWorld()
    const user = aUser({ id: newId(services), roles: ['user', 'admin'] })
    const { signedIn } = await open({ ...aWorld(), services }, { user })
    const { session, accessToken, refreshToken } = signedIn
    expect(await services.accessTokens.verify(accessToken, ISSUER, NOW)).toEqual({
      userId: user.id,
      sessionId: session.id,
      roles: ['user', 'admin'],
      expiresAt: NOW + 600,
    })
    expect(await verifyRefreshToken(services.secrets, refreshToken)).toEqual({
      userId: user.id,
      sessionId: session.id,
      number: 1,
    })
  })

  it('names the role of an admin to whom the settings name, in the token and in the answer', async () => {
    const { services } = aWorld()
    const user = aUser({ id: newId(services), emailVerified: true, email: 'Ada@Example.com' })
    const rolePolicy = { ...services.rolePolicy, adminAddresses: new Set(['ada@example.com']) }
    const { signedIn } = await open({ ...aWorld(), services: { ...services, rolePolicy } }, { user })
    expect(signedIn.user.roles).toEqual(['user', 'admin'])
    const claims = await services.accessTokens.verify(signedIn.accessToken, ISSUER, NOW)
    expect(claims?.roles).toEqual(['user', 'admin'])
  })

  it('issues nothing when the session was refused', async () => {
    const { services } = aWorld()
    expect(
      await openSession(services, aVisitor(), { userId: 'user', version: 1, remember: true }, async () => null),
    ).toBeNull()
  })

  it('lets a session last longer for who wants to be remembered', async () => {
    const world = aWorld({ sessionPolicy: { sessionTtl: 100, rememberedSessionTtl: 1_000 } })
    const { signedIn: forgotten } = await open(world)
    const { signedIn: remembered } = await open(world, { remember: true })
    expect([forgotten.session.expiresAt, remembered.session.expiresAt]).toEqual([NOW + 100, NOW + 1_000])
  })

  it('gives no access token that outlives its session', async () => {
    const world = aWorld({ sessionPolicy: { sessionTtl: 100, accessTtl: 600 } })
    const { signedIn } = await open(world)
    expect(signedIn.accessExpiresAt).toBe(NOW + 100)
    expect(await world.services.accessTokens.verify(signedIn.accessToken, ISSUER, NOW + 100)).toBeNull()
  })

  it('keeps 256 characters of a user agent', async () => {
    const { signedIn } = await open(aWorld(), { visitor: { ip: '', userAgent: 'x'.repeat(10_000), device: null } })
    expect(signedIn.session.userAgent).toBe('x'.repeat(256))
  })

  it('gives every session an id of its own', async () => {
    const world = aWorld()
    const opened: SignedIn[] = []
    for (let i = 0; i < 10; i++) opened.push((await open(world)).signedIn)
    expect(new Set(opened.map(({ session }) => session.id)).size).toBe(10)
  })
})
