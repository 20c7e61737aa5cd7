import { describe, expect, it } from 'vitest'
import { forgotPassword } from '../../../lib/auth/forgot-password.ts'
import { hashToken } from '../../../lib/auth/links.ts'
import { login } from '../../../lib/auth/login.ts'
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
  meeting,
  replaceCredential,
  type World,
} from '../../support/world.ts'

const NEW = 'another fine password'
const INVALID = { ok: false, error: { code: 'invalid_link' } }

async function aStage(given: Parameters<typeof aWorld>[0] = {}) {
  const world = aWorld({ canMail: true, ...given })
  const owner = await aSignedInUser(world)
  await world.settled()
  world.mails.length = 0
  world.takeTrips()
  return { world, services: world.services, owner, email: owner.user.email }
}

async function ask(world: World, email: string): Promise<string> {
  await forgotPassword(world.services, aVisitor(), { email })
  await world.settled()
  return mailedToken(world, 'reset-password', email)
}

describe('a forgotten password', () => {
  it('is answered after one round trip, the same whether or not the address has an account', async () => {
    const { world, services, email } = await aStage()
    for (const address of [email, 'nobody@example.com']) {
      expect(await forgotPassword(services, aVisitor(), { email: address })).toEqual({ ok: true, value: undefined })
      expect(world.takeTrips()).toEqual([['limits.take']])
      await world.settled()
      world.takeTrips()
    }
    await world.settled()
    expect(world.mails.map(({ to }) => to)).toEqual([email])
  })

  it('is mailed to the address as its owner typed it, with a link of our own address', async () => {
    const { world, email } = await aStage()
    await forgotPassword(world.services, aVisitor(), { email: ` ${email.toUpperCase()} ` })
    await world.settled()
    const url = `${ISSUER}/reset-password?token=${mailedToken(world, 'reset-password', email)}`
    expect(world.mails).toEqual([{ to: email, message: { kind: 'reset-password', url }, patience: 'long' }])
  })

  it.each([
    ['client', { forgotIp: { limit: 1, window: 60 } }, 'forgot-ip'],
    ['address', { forgotAccount: { limit: 1, window: 60 } }, 'forgot-account'],
  ])('is limited by %s, known or not', async (_, limitPolicy, policy) => {
    const { world, services, email } = await aStage({ limitPolicy })
    for (const address of [email, `${crypto.randomUUID()}@example.com`]) {
      const visitor = aVisitor()
      expect((await forgotPassword(services, visitor, { email: address })).ok).toBe(true)
      const refused = await forgotPassword(services, visitor, { email: address })
      expect(refused).toMatchObject({ ok: false, error: { code: 'rate_limited', limits: [{ policy }] } })
    }
    await world.settled()
    expect(world.mails.length).toBe(1)
  })

  it.each(['ada@localhost', 'ada@example.com\r\nBcc: eve@example.com', 'ada@example.com, eve@example.com', ''])(
    'is not asked for with %j for an address',
    async (email) => {
      const { world, services } = await aStage()
      expect(await forgotPassword(services, aVisitor(), { email })).toMatchObject({ error: { code: 'invalid_fields' } })
      expect(world.takeTrips()).toEqual([])
    },
  )

  it('that cannot be mailed is no error for who asks', async () => {
    const { world, services, email } = await aStage()
    world.deliver(false)
    expect((await forgotPassword(services, aVisitor(), { email })).ok).toBe(true)
    await expect(world.settled()).rejects.toThrow('The provider is down')
  })
})

describe('a reset of the password', () => {
  it('lets in by the new password only, ends every session, and verifies the address', async () => {
    const { world, services, owner, email } = await aStage()
    const token = await ask(world, email)
    expect(await resetPassword(services, aVisitor(), { token, password: NEW })).toEqual({
      ok: true,
      value: { email, device: expect.any(String) },
    })
    expect(world.ended).toEqual([owner.session.id])
    expect(await refresh(services, aVisitor(), owner.refreshToken)).toMatchObject({
      error: { code: 'session_revoked' },
    })
    const logIn = (password: string) => login(services, aVisitor(), { email, password, remember: false })
    expect(await logIn('correct horse battery')).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(await logIn(NEW)).toMatchObject({ ok: true, value: { user: { emailVerified: true } } })
    const [newest] = (await services.store.accounts.activity(owner.user.id)).filter(({ type }) =>
      /^password/.test(type),
    )
    expect(newest?.type).toBe('password.reset')
  })

  it('tells the owner', async () => {
    const { world, services, email } = await aStage()
    const visitor = aVisitor()
    await resetPassword(services, visitor, { token: await ask(world, email), password: NEW })
    await world.settled()
    expect(world.mails.at(-1)).toMatchObject({
      to: email,
      message: { kind: 'password-changed', incident: { ip: visitor.ip, userAgent: visitor.userAgent } },
    })
  })

  it('works once', async () => {
    const { world, services, email } = await aStage()
    const token = await ask(world, email)
    await resetPassword(services, aVisitor(), { token, password: NEW })
    expect(await resetPassword(services, aVisitor(), { token, password: 'yet another one' })).toEqual(INVALID)
    await world.settled()
    expect(await resetPassword(services, aVisitor(), { token, password: 'yet another one' })).toEqual(INVALID)
  })

  it('asked for twice at once is done once', async () => {
    const { world, services, email } = await aStage()
    const token = await ask(world, email)
    const both = meeting(services)
    const results = await Promise.all(
      [NEW, 'yet another one'].map((password) => resetPassword(both, aVisitor(), { token, password })),
    )
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
    const winner = results[0]?.ok ? NEW : 'yet another one'
    expect((await login(services, aVisitor(), { email, password: winner, remember: false })).ok).toBe(true)
  })

  it('works for 30 minutes, to the second', async () => {
    const { world, services, email } = await aStage()
    const token = await ask(world, email)
    world.wait(30 * 60 - 1)
    const tooShort = await resetPassword(services, aVisitor(), { token, password: 'short' })
    expect(tooShort).toMatchObject({ error: { code: 'invalid_fields', fields: { password: ['password_too_short'] } } })
    world.wait(1)
    expect(await resetPassword(services, aVisitor(), { token, password: NEW })).toEqual(INVALID)
  })

  it('is over for all other links once the password was changed in any way', async () => {
    const { world, services, email, owner } = await aStage()
    const [first, second] = [await ask(world, email), await ask(world, email)]
    expect((await resetPassword(services, aVisitor(), { token: first, password: NEW })).ok).toBe(true)
    expect(await resetPassword(services, aVisitor(), { token: second, password: 'yet another one' })).toEqual(INVALID)
    const third = await ask(world, email)
    await replaceCredential(world, owner.user.id)
    expect(await resetPassword(services, aVisitor(), { token: third, password: 'yet another one' })).toEqual(INVALID)
  })

  it('hashes nothing for a link that another has made worthless', async () => {
    const { world, services, email } = await aStage()
    const [first, second] = [await ask(world, email), await ask(world, email)]
    await resetPassword(services, aVisitor(), { token: first, password: NEW })
    world.hashes.length = 0
    expect(await resetPassword(services, aVisitor(), { token: second, password: 'yet another one' })).toEqual(INVALID)
    expect(world.hashes).toEqual([])
  })

  it('hashes as often for one account as one may try to log in to it; what is refused before is not counted', async () => {
    const { world, services, email, owner } = await aStage({ limitPolicy: { loginAccount: { limit: 2, window: 60 } } })
    const reset = async (password: string) =>
      resetPassword(services, aVisitor(), { token: await ask(world, email), password })
    for (let i = 0; i < 4; i++) await reset('short')
    for (let i = 0; i < 2; i++) expect((await reset(`${NEW} ${i}`)).ok).toBe(true)
    await world.settled()
    world.hashes.length = 0
    const refused = await reset(NEW)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'link-hash' }] } })
    expect(world.hashes).toEqual([])
    expect(world.events.at(-1)).toMatchObject({ event: 'password.limited', userId: owner.user.id })
  })

  it.each(['', 'x', 'A'.repeat(43), `${'A'.repeat(43)}x`, '../../x', '\0'])('is not done by %j', async (token) => {
    const { world, services } = await aStage()
    expect(await resetPassword(services, aVisitor(), { token, password: NEW })).toEqual(INVALID)
    expect(world.hashes.length, 'nothing was hashed but for the sign-up').toBe(1)
  })

  it('is not done by a link of another purpose, which stays good for its own', async () => {
    const world = aWorld({ canMail: true })
    const { user } = await aSignedInUser(world)
    await world.settled()
    const token = mailedToken(world, 'verify-email', user.email)
    expect(await resetPassword(world.services, aVisitor(), { token, password: NEW })).toEqual(INVALID)
    expect((await verifyEmail(world.services, aVisitor(), token)).ok).toBe(true)
  })

  it('leaves a mark, by which its owner gets in also while others guess', async () => {
    const limit = { limit: 1, window: 900 }
    const { world, services, email } = await aStage({ limitPolicy: { loginAccount: limit } })
    const reset = await resetPassword(services, aVisitor(), { token: await ask(world, email), password: NEW })
    if (!reset.ok) throw new Error(reset.error.code)
    const logIn = (device: string | null, password = NEW) =>
      login(services, { ...aVisitor(), device }, { email, password, remember: false })
    await logIn(null, 'a mere guess')
    expect(await logIn(null)).toMatchObject({ error: { code: 'rate_limited' } })
    expect((await logIn(reset.value.device)).ok).toBe(true)
  })

  it('refuses a password that is common, or the owner’s address or name, and the link goes on', async () => {
    const { world, services, owner, email } = await aStage()
    await services.store.accounts.updateUser(owner.user.id, { name: 'Augusta Ada King' })
    const token = await ask(world, email)
    for (const password of ['password1', email, 'augusta ada']) {
      const refused = await resetPassword(services, aVisitor(), { token, password })
      expect(refused).toMatchObject({ error: { code: 'invalid_fields' } })
    }
    expect((await resetPassword(services, aVisitor(), { token, password: NEW })).ok).toBe(true)
  })

  it('that met an outage works again', async () => {
    const { world, services, email } = await aStage()
    const token = await ask(world, email)
    world.reach(false)
    await expect(resetPassword(services, aVisitor(), { token, password: NEW })).rejects.toThrow()
    world.reach(true)
    expect((await resetPassword(services, aVisitor(), { token, password: NEW })).ok).toBe(true)
  })

  it('does not let a disabled account in', async () => {
    const { world, services, owner, email } = await aStage()
    const token = await ask(world, email)
    await disableUser(world, owner.user.id)
    await resetPassword(services, aVisitor(), { token, password: NEW })
    const refused = await login(services, aVisitor(), { email, password: NEW, remember: false })
    expect(refused).toMatchObject({ error: { code: 'invalid_credentials' } })
  })
})

it('leaves no link behind once it was used', async () => {
  const { world, services, email } = await aStage()
  const token = await ask(world, email)
  const hash = await hashToken(token)
  expect(await services.store.links.get(hash, 'reset', services.clock())).not.toBeNull()
  await resetPassword(services, aVisitor(), { token, password: NEW })
  await world.settled()
  expect(await services.store.links.get(hash, 'reset', services.clock())).toBeNull()
})

it('keeps no token in the store, and says none in the log', async () => {
  const { world, email } = await aStage()
  const token = await ask(world, email)
  const { store, clock } = world.services
  expect(await store.links.get(token, 'reset', clock())).toBeNull()
  expect(JSON.stringify(world.events)).not.toContain(token)
  expect(JSON.stringify(world.events)).not.toContain(email)
})
