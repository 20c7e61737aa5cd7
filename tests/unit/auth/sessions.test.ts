import { describe, expect, it } from 'vitest'
import { authenticate } from '../../../lib/auth/authenticate.ts'
import { login } from '../../../lib/auth/login.ts'
import type { SignedIn } from '../../../lib/auth/open-session.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { endOtherSessions, endSession, listSessions } from '../../../lib/auth/sessions.ts'
import type { SignupForm } from '../../../lib/auth/signup.ts'
import { NOW } from '../../support/builders.ts'
import { aSignedInUser, aSignupForm, aVisitor, aWorld, type World } from '../../support/world.ts'

const NOT_FOUND = { ok: false, error: { code: 'not_found' } }

async function logIn({ services }: World, form: SignupForm, visitor = aVisitor()): Promise<SignedIn> {
  const signedIn = await login(services, visitor, form)
  if (!signedIn.ok) throw new Error(signedIn.error.code)
  return signedIn.value
}

async function isRefused({ services }: World, { accessToken, refreshToken }: SignedIn): Promise<boolean> {
  const user = await authenticate(services, { bearer: accessToken, accessCookie: null })
  const renewed = await refresh(services, aVisitor(), refreshToken)
  return user === null && !renewed.ok && renewed.error.code === 'session_revoked'
}

/** One who asks. */
function asker({ user, session }: SignedIn) {
  return { id: user.id, sessionId: session.id }
}

describe('the list of sessions', () => {
  it('shows what its owner knows a session by', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const { user } = await aSignedInUser(world, form)
    const visitor = aVisitor()
    world.wait(60)
    const { session, refreshToken } = await logIn(world, { ...form, remember: true }, visitor)
    world.wait(700)
    await refresh(world.services, aVisitor(), refreshToken)
    const [shown] = await listSessions(world.services, user.id, session.id)
    expect(shown).toEqual({
      id: session.id,
      current: true,
      createdAt: NOW + 60,
      lastSeenAt: NOW + 760,
      expiresAt: NOW + 60 + 30 * 86_400,
      userAgent: visitor.userAgent,
      ip: visitor.ip,
    })
  })

  it('begins with the one that asks, and goes on as they were last seen', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const first = await aSignedInUser(world, form)
    world.wait(10)
    const second = await logIn(world, form)
    world.wait(10)
    const third = await logIn(world, form)
    world.wait(10)
    await refresh(world.services, aVisitor(), first.refreshToken)
    const list = async (current: string | null) =>
      (await listSessions(world.services, first.user.id, current)).map(({ id, current }) => [id, current])
    const [one, two, three] = [first.session.id, second.session.id, third.session.id]
    expect(await list(two)).toEqual([
      [two, true],
      [one, false],
      [three, false],
    ])
    expect(await list(null)).toEqual([
      [one, false],
      [three, false],
      [two, false],
    ])
  })

  it('leaves out those that were ended, have expired, or were idle for too long', async () => {
    const world = aWorld({ sessionPolicy: { sessionTtl: 1_000, rememberedSessionTtl: 10_000, sessionIdle: 2_000 } })
    const { store } = world.services
    const form = aSignupForm()
    const { user, session: short } = await aSignedInUser(world, form)
    const idle = await logIn(world, { ...form, remember: true })
    const ended = await logIn(world, { ...form, remember: true })
    await store.sessions.revoke(user.id, ended.session.id, NOW)
    const list = async () => (await listSessions(world.services, user.id, null)).map(({ id }) => id).sort()
    world.wait(999)
    const running = await logIn(world, { ...form, remember: true })
    expect(await list()).toEqual([short.id, idle.session.id, running.session.id].sort())
    world.wait(1)
    expect(await list()).toEqual([idle.session.id, running.session.id].sort())
    world.wait(1_000)
    expect(await list()).toEqual([running.session.id])
  })

  it('holds 50 at most: one more log-in ends the oldest', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const oldest = await aSignedInUser(world, form)
    const others: string[] = []
    for (let i = 1; i <= 50; i++) {
      world.wait(1)
      others.push((await logIn(world, form)).session.id)
    }
    const ids = (await listSessions(world.services, oldest.user.id, null)).map(({ id }) => id)
    expect(ids.sort()).toEqual(others.sort())
    expect((await refresh(world.services, aVisitor(), oldest.refreshToken)).ok).toBe(false)
  })
})

describe('ending one session', () => {
  it('ends it everywhere, and no other', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const here = await aSignedInUser(world, form)
    const lost = await logIn(world, form)
    const visitor = aVisitor()
    expect((await endSession(world.services, visitor, asker(here), lost.session.id)).ok).toBe(true)
    expect(world.ended).toEqual([lost.session.id])
    expect(await isRefused(world, lost)).toBe(true)
    expect(await isRefused(world, here)).toBe(false)
    const { id: sessionId } = lost.session
    expect(world.events.at(-1)).toEqual({ event: 'session.ended', userId: here.user.id, sessionId, ip: visitor.ip })
  })

  it('does the same a second time', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const here = await aSignedInUser(world, form)
    const { session } = await logIn(world, form)
    const endings = [1, 2].map(() => endSession(world.services, aVisitor(), asker(here), session.id))
    expect((await Promise.all(endings)).map(({ ok }) => ok)).toEqual([true, true])
    expect((await world.services.store.sessions.get(here.user.id, session.id))?.session.revokedAt).toBe(NOW)
  })

  it('of another user is as unknown as one that never was, and changes nothing', async () => {
    const world = aWorld()
    const [here, other] = [await aSignedInUser(world), await aSignedInUser(world)]
    for (const id of [other.session.id, 'A'.repeat(22)]) {
      expect(await endSession(world.services, aVisitor(), asker(here), id)).toEqual(NOT_FOUND)
    }
    expect(world.ended).toEqual([])
    expect(await isRefused(world, other)).toBe(false)
  })

  it.each(['', 'x', '../other', 'A'.repeat(23), '%', 'é'.repeat(22)])(
    'asks no store about what is no id: %j',
    async (id) => {
      const world = aWorld()
      const here = await aSignedInUser(world)
      world.takeTrips()
      expect(await endSession(world.services, aVisitor(), asker(here), id)).toEqual(NOT_FOUND)
      expect(world.takeTrips()).toEqual([])
    },
  )

  it('is announced to nobody when the store did not do it', async () => {
    const world = aWorld()
    const here = await aSignedInUser(world)
    world.reach(false)
    const ending = endSession(world.services, aVisitor(), asker(here), here.session.id)
    await expect(ending).rejects.toThrow('out of reach')
    expect(world.ended).toEqual([])
  })
})

describe('ending all other sessions', () => {
  it('ends them everywhere, and lets the one that asks go on', async () => {
    const world = aWorld()
    const form = aSignupForm()
    const here = await aSignedInUser(world, form)
    const others = [await logIn(world, form), await logIn(world, form)]
    const stranger = await aSignedInUser(world)
    const visitor = aVisitor()
    await endOtherSessions(world.services, visitor, asker(here))
    expect(world.ended.toSorted()).toEqual(others.map(({ session }) => session.id).sort())
    for (const other of others) expect(await isRefused(world, other)).toBe(true)
    for (const running of [here, stranger]) expect(await isRefused(world, running)).toBe(false)
    const { user, session } = here
    expect(world.events.at(-1)).toEqual({
      event: 'sessions.ended',
      userId: user.id,
      sessionId: session.id,
      ip: visitor.ip,
    })
    const [newest] = await world.services.store.accounts.activity(user.id)
    expect(newest).toMatchObject({ type: 'sessions.ended', ip: visitor.ip, count: 1 })
  })
})
