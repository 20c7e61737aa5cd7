import { describe, expect, it } from 'vitest'
import { hashToken } from '../../../lib/auth/links.ts'
import { login } from '../../../lib/auth/login.ts'
import { loginByLink, requestLoginLink } from '../../../lib/auth/login-link.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { resetPassword } from '../../../lib/auth/reset-password.ts'
import { verifyEmail } from '../../../lib/auth/verify-email.ts'
import {
  aSignedInUser,
  aVisitor,
  aWorld,
  disableUser,
  ISSUER,
  mailedToken,
  replaceCredential,
  type World,
} from '../../support/world.ts'

const INVALID_LINK = { ok: false, error: { code: 'invalid_link' } }
const INVALID_CODE = { ok: false, error: { code: 'invalid_code' } }

async function aStage({ isVerified = true, ...given }: Parameters<typeof aWorld>[0] & { isVerified?: boolean } = {}) {
  const world = aWorld({ canMail: true, ...given })
  const owner = await aSignedInUser(world)
  const { email } = owner.user
  await world.settled()
  if (isVerified) await verifyEmail(world.services, aVisitor(), mailedToken(world, 'verify-email', email))
  world.mails.length = 0
  world.takeTrips()
  return { world, services: world.services, owner, email }
}

async function ask(world: World, email: string, next: string | null = null) {
  const asked = await requestLoginLink(world.services, aVisitor(), { email, next })
  if (!asked.ok) throw new Error(asked.error.code)
  await world.settled()
  const message = world.mails.at(-1)?.message
  const code = message?.kind === 'login-link' ? message.code : ''
  return { request: asked.value.request, token: mailedToken(world, 'login-link', email), code }
}

describe('a log-in by mail', () => {
  it('is answered after one round trip, the same whether or not the address has an account', async () => {
    const { world, services, email } = await aStage()
    for (const address of [email, 'nobody@example.com']) {
      const asked = await requestLoginLink(services, aVisitor(), { email: address, next: null })
      expect(asked).toEqual({ ok: true, value: { request: expect.stringMatching(/^[\w-]{43}$/) } })
      expect(world.takeTrips()).toEqual([['limits.take']])
      await world.settled()
      world.takeTrips()
    }
    await world.settled()
    expect(world.mails.map(({ to }) => to)).toEqual([email])
  })

  it('mails a link that leads where its reader wanted to go, and a code of six digits', async () => {
    const { world, email } = await aStage()
    const { token } = await ask(world, email, '/account?x=1')
    expect(world.mails.at(-1)?.message).toEqual({
      kind: 'login-link',
      url: `${ISSUER}/login/confirm?token=${token}&next=%2Faccount%3Fx%3D1`,
      code: expect.stringMatching(/^\d{6}$/),
    })
  })

  it('opens a session by the link, in two round trips', async () => {
    const { world, services, owner, email } = await aStage()
    const { request, token } = await ask(world, email)
    world.takeTrips()
    const signedIn = await loginByLink(services, aVisitor(), { request, proof: { token }, remember: true })
    expect(signedIn).toMatchObject({ ok: true, value: { user: { id: owner.user.id }, session: { remember: true } } })
    expect(world.takeTrips()).toEqual([['links.take'], ['sessions.open']])
  })

  it('opens a session by the code, typed with spaces too', async () => {
    const { world, services, email } = await aStage()
    const { request, code } = await ask(world, email)
    const proof = { code: ` ${code.slice(0, 3)} ${code.slice(3)} ` }
    expect((await loginByLink(services, aVisitor(), { request, proof, remember: false })).ok).toBe(true)
  })

  it('works once, by link or code, also for ten at once', async () => {
    const { world, services, email } = await aStage()
    const { request, token, code } = await ask(world, email)
    const proofs = Array.from({ length: 10 }, (_, i) => (i % 2 ? { token } : { code }))
    const results = await Promise.all(
      proofs.map((proof) => loginByLink(services, aVisitor(), { request, proof, remember: false })),
    )
    expect(results.filter(({ ok }) => ok).length).toBe(1)
    expect(await loginByLink(services, aVisitor(), { request, proof: { token }, remember: false })).toEqual(
      INVALID_LINK,
    )
    expect(await loginByLink(services, aVisitor(), { request, proof: { code }, remember: false })).toEqual(INVALID_CODE)
  })

  it('works only in the browser that asked', async () => {
    const { world, services, email } = await aStage()
    const { token, code } = await ask(world, email)
    const elsewhere = await ask(world, email)
    for (const request of [null, '', 'A'.repeat(43), elsewhere.request]) {
      expect(await loginByLink(services, aVisitor(), { request, proof: { token }, remember: false })).toEqual(
        INVALID_LINK,
      )
      expect(await loginByLink(services, aVisitor(), { request, proof: { code }, remember: false })).toEqual(
        INVALID_CODE,
      )
    }
  })

  it('works for ten minutes', async () => {
    const { world, services, email } = await aStage()
    const { request, token } = await ask(world, email)
    world.wait(600)
    expect(await loginByLink(services, aVisitor(), { request, proof: { token }, remember: false })).toEqual(
      INVALID_LINK,
    )
  })

  it('bears four wrong codes, and after the fifth the right one is worth nothing', async () => {
    for (const wrongs of [4, 5]) {
      const { world, services, email } = await aStage()
      const { request, code } = await ask(world, email)
      const wrong = code === '000000' ? '000001' : '000000'
      for (let i = 0; i < wrongs; i++) {
        const refused = await loginByLink(services, aVisitor(), { request, proof: { code: wrong }, remember: false })
        expect(refused).toEqual(INVALID_CODE)
      }
      const last = await loginByLink(services, aVisitor(), { request, proof: { code }, remember: false })
      expect(last.ok).toBe(wrongs === 4)
    }
  })

  it('refuses a code for an address that nobody has like a wrong one', async () => {
    const { services } = await aStage()
    const asked = await requestLoginLink(services, aVisitor(), { email: 'nobody@example.com', next: null })
    if (!asked.ok) throw new Error(asked.error.code)
    const { request } = asked.value
    const refused = await loginByLink(services, aVisitor(), { request, proof: { code: '123456' }, remember: false })
    expect(refused).toEqual(INVALID_CODE)
  })

  it.each([
    ['that nobody has', async () => {}],
    ['of a disabled account', (world: World, userId: string) => disableUser(world, userId)],
    ['of an account', async () => {}],
  ])('writes down a wrong code for an address %s, so that the time does not tell', async (whose, happen) => {
    const { world, services, owner, email } = await aStage()
    await happen(world, owner.user.id)
    const address = whose === 'that nobody has' ? `${crypto.randomUUID()}@example.com` : email
    const asked = await requestLoginLink(services, aVisitor(), { email: address, next: null })
    if (!asked.ok) throw new Error(asked.error.code)
    await world.settled()
    const { request } = asked.value
    const tries = async () =>
      (await services.store.links.get(await hashToken(request), 'login', services.clock()))?.tries
    expect(await tries()).toBe(5)
    await loginByLink(services, aVisitor(), { request, proof: { code: 'wrong' }, remember: false })
    expect(await tries()).toBe(4)
  })

  it('ten times a day is enough', async () => {
    const { world, services, email } = await aStage()
    for (let i = 0; i < 10; i++) await ask(world, email)
    const refused = await requestLoginLink(services, aVisitor(), { email, next: null })
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'link-account-day' }] } })
  })

  it('is mailed to nobody whose account is disabled', async () => {
    const { world, services, owner, email } = await aStage()
    await disableUser(world, owner.user.id)
    expect((await requestLoginLink(services, aVisitor(), { email, next: null })).ok).toBe(true)
    await world.settled()
    expect(world.mails).toEqual([])
  })

  it('leaves nothing in the store by which the code could be found', async () => {
    const { world, services, email } = await aStage()
    const { request, code } = await ask(world, email)
    const link = await services.store.links.get(await hashToken(request), 'login', services.clock())
    expect(link?.proofs.length).toBe(2)
    expect(link?.proofs).not.toContain(await hashToken(code))
  })

  it('opens nothing once the password was changed, or the account disabled', async () => {
    const { world, services, owner, email } = await aStage()
    const before = await ask(world, email)
    await replaceCredential(world, owner.user.id)
    const { request, token } = before
    expect(await loginByLink(services, aVisitor(), { request, proof: { token }, remember: false })).toEqual(
      INVALID_LINK,
    )
    const again = await ask(world, email)
    await disableUser(world, owner.user.id)
    const proof = { token: again.token }
    expect(await loginByLink(services, aVisitor(), { request: again.request, proof, remember: false })).toEqual(
      INVALID_LINK,
    )
  })
})

describe('a log-in by mail that is the first proof of the address', () => {
  const form = (email: string) => ({ email, password: 'correct horse battery', remember: false })

  it('takes from whoever made the account the password and every session', async () => {
    const { world, services, owner, email } = await aStage({ isVerified: false })
    const { request, token } = await ask(world, email)
    const signedIn = await loginByLink(services, aVisitor(), { request, proof: { token }, remember: false })
    if (!signedIn.ok) throw new Error(signedIn.error.code)
    expect(await login(services, aVisitor(), form(email))).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(await refresh(services, aVisitor(), owner.refreshToken)).toMatchObject({
      error: { code: 'session_revoked' },
    })
    expect(await refresh(services, aVisitor(), signedIn.value.refreshToken)).toMatchObject({
      ok: true,
      value: { user: { emailVerified: true } },
    })
    await world.settled()
    expect(
      world.mails.map(({ message: { kind } }) => kind).sort(),
      'its owner is told, and can choose another password',
    ).toEqual(['login-link', 'new-login', 'password-gone'])
    const reset = mailedToken(world, 'password-gone', email)
    world.mails.length = 0
    const again = await ask(world, email)
    const visitor = { ...aVisitor(), device: signedIn.value.device ?? null }
    await loginByLink(services, visitor, { request: again.request, proof: { token: again.token }, remember: false })
    await world.settled()
    expect(
      world.mails.map(({ message: { kind } }) => kind),
      'the browser is known',
    ).toEqual(['login-link'])
    const choice = { token: reset, password: 'another fine password' }
    expect((await resetPassword(services, aVisitor(), choice)).ok).toBe(true)
  })

  it('takes nothing from the browser that made it', async () => {
    const { world, services, owner, email } = await aStage({ isVerified: false })
    const { request, token } = await ask(world, email)
    const visitor = { ...aVisitor(), device: owner.device ?? null }
    expect((await loginByLink(services, visitor, { request, proof: { token }, remember: false })).ok).toBe(true)
    expect(await login(services, aVisitor(), form(email))).toMatchObject({
      ok: true,
      value: { user: { emailVerified: true } },
    })
    expect((await refresh(services, aVisitor(), owner.refreshToken)).ok).toBe(true)
  })
})
