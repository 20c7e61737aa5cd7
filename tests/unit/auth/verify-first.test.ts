import { describe, expect, it } from 'vitest'
import { login } from '../../../lib/auth/login.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { verifyEmail } from '../../../lib/auth/verify-email.ts'
import { beginSignup, finishSignup } from '../../../lib/auth/verify-first.ts'
import { fold } from '../../../lib/store/fold.ts'
import { aSignedInUser, aVisitor, aWorld, disableUser, ISSUER, mailedToken, type World } from '../../support/world.ts'

const PASSWORD = 'chosen after the proof'
const INVALID = { ok: false, error: { code: 'invalid_link' } }

const anAddress = () => `Ada.${crypto.randomUUID()}@example.com`
const aStage = (given: Parameters<typeof aWorld>[0] = {}) =>
  aWorld({ canMail: true, signupPolicy: 'verify-first', ...given })

async function begin(world: World, email: string): Promise<string> {
  await beginSignup(world.services, aVisitor(), { email })
  await world.settled()
  return mailedToken(world, 'finish-signup', email)
}

function finish({ services }: World, token: string, given: { password?: string; name?: string | null } = {}) {
  return finishSignup(services, aVisitor(), { token, password: PASSWORD, name: null, remember: false, ...given })
}

describe('a sign-up where the address comes first', () => {
  it('is answered after one round trip, the same whether or not the address has an account', async () => {
    const world = aStage()
    const email = anAddress()
    const { ok } = await finish(world, await begin(world, email))
    expect(ok).toBe(true)
    await world.settled()
    world.takeTrips()
    for (const address of [email, anAddress()]) {
      expect(await beginSignup(world.services, aVisitor(), { email: address })).toEqual({ ok: true, value: undefined })
      expect(world.takeTrips()).toEqual([['limits.take']])
      await world.settled()
      world.takeTrips()
    }
    expect(world.hashes.length, 'nothing was hashed but for the account').toBe(1)
  })

  it('makes no account before the proof', async () => {
    const world = aStage()
    const email = anAddress()
    const token = await begin(world, email)
    expect(await world.services.store.accounts.credentialByEmail(fold(email))).toBeNull()
    expect(world.mails).toMatchObject([{ to: email, message: { url: `${ISSUER}/signup/finish?token=${token}` } }])
  })

  it('makes an account with a verified address after it, and signs its owner in', async () => {
    const world = aStage()
    const email = anAddress()
    const signedIn = await finish(world, await begin(world, email), { name: ' Ada ' })
    expect(signedIn).toMatchObject({ ok: true, value: { user: { email, emailVerified: true, name: 'Ada' } } })
    const form = { email, password: PASSWORD, remember: false }
    expect((await login(world.services, aVisitor(), form)).ok).toBe(true)
  })

  it('tells the owner of an address that has an account, and nobody else', async () => {
    const world = aStage()
    const email = anAddress()
    await finish(world, await begin(world, email))
    world.mails.length = 0
    await beginSignup(world.services, aVisitor(), { email: email.toUpperCase() })
    await world.settled()
    expect(world.mails).toEqual([
      {
        to: email,
        message: { kind: 'account-exists', loginUrl: `${ISSUER}/login`, resetUrl: `${ISSUER}/forgot-password` },
        patience: 'long',
      },
    ])
  })

  it('leaves nothing of what a stranger made of the address before: no account, no session, no password', async () => {
    const world = aStage()
    const email = anAddress()
    const stranger = await aSignedInUser(world, { email, name: 'Eve' }) // before the setting
    await world.settled()
    const strangersLink = mailedToken(world, 'verify-email', email)
    const signedIn = await finish(world, await begin(world, email))
    if (!signedIn.ok) throw new Error(signedIn.error.code)
    expect(signedIn.value.user.id).not.toBe(stranger.user.id)
    expect(signedIn.value.user.name).toBeNull()
    expect(await world.services.store.accounts.userById(stranger.user.id)).toBeNull()
    expect(world.ended).toEqual([stranger.session.id])
    expect((await refresh(world.services, aVisitor(), stranger.refreshToken)).ok).toBe(false)
    const form = { email, password: 'correct horse battery', remember: false }
    expect((await login(world.services, aVisitor(), form)).ok).toBe(false)
    expect(await verifyEmail(world.services, aVisitor(), strangersLink)).toEqual(INVALID)
  })

  it('is done once, also by two at once, and its link is good for one account only', async () => {
    const world = aStage()
    const token = await begin(world, anAddress())
    const results = await Promise.all([finish(world, token), finish(world, token)])
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
    await world.settled()
    expect(await finish(world, token)).toEqual(INVALID)
  })

  it('takes no account from whom the address was proved, by whatever link is left', async () => {
    const world = aStage()
    const email = anAddress()
    const [first, second] = [await begin(world, email), await begin(world, email)]
    const owner = await finish(world, first)
    if (!owner.ok) throw new Error(owner.error.code)
    world.hashes.length = 0
    expect(await finish(world, second)).toEqual({ ok: false, error: { code: 'email_taken' } })
    expect(await world.services.store.accounts.userById(owner.value.user.id)).toMatchObject({ email })
    expect(world.ended).toEqual([])
    expect(world.hashes).toEqual([])
  })

  it('brings no account back that was disabled, and mails nobody', async () => {
    const world = aStage()
    const email = anAddress()
    const token = await begin(world, email)
    const { user } = await aSignedInUser(world, { email }) // before the setting
    await disableUser(world, user.id)
    await world.settled()
    world.mails.length = 0
    expect(await finish(world, token)).toEqual({ ok: false, error: { code: 'email_taken' } })
    expect(await world.services.store.accounts.userById(user.id)).toMatchObject({ disabled: true })
    expect((await beginSignup(world.services, aVisitor(), { email })).ok).toBe(true)
    await world.settled()
    expect(world.mails).toEqual([])
  })

  it('hashes as often for one address as one may try to log in with it', async () => {
    const world = aStage({ limitPolicy: { loginAccount: { limit: 1, window: 60 } } })
    const email = anAddress()
    const [first, second] = [await begin(world, email), await begin(world, email)]
    expect((await finish(world, first)).ok).toBe(true)
    const refused = await finish(world, second)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'link-hash' }] } })
    expect(world.events.at(-1)).toMatchObject({ event: 'signup.limited' })
    expect((await finish(world, await begin(world, anAddress()))).ok).toBe(true)
  })

  it('is done within a day', async () => {
    const world = aStage()
    const token = await begin(world, anAddress())
    world.wait(86_400)
    expect(await finish(world, token)).toEqual(INVALID)
  })

  it('refuses a bad password or name, and the link goes on', async () => {
    const world = aStage()
    const email = anAddress()
    const token = await begin(world, email)
    expect(await finish(world, token, { password: 'password1', name: 'A\nB' })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { password: ['password_common'], name: ['invalid'] } },
    })
    expect(await finish(world, token, { password: email })).toMatchObject({
      error: { fields: { password: ['password_personal'] } },
    })
    expect((await finish(world, token)).ok).toBe(true)
  })

  it('met by an outage goes on with the same link', async () => {
    const world = aStage()
    const token = await begin(world, anAddress())
    world.reach(false)
    await expect(finish(world, token)).rejects.toThrow()
    world.reach(true)
    expect((await finish(world, token)).ok).toBe(true)
  })

  it.each([
    ['client', { signupIp: { limit: 1, window: 60 } }, 'signup-ip'],
    ['address', { forgotAccount: { limit: 1, window: 60 } }, 'signup-account'],
  ])('is limited by %s', async (_, limitPolicy, policy) => {
    const world = aStage({ limitPolicy })
    const visitor = aVisitor()
    const email = anAddress()
    expect((await beginSignup(world.services, visitor, { email })).ok).toBe(true)
    const refused = await beginSignup(world.services, visitor, { email })
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy }] } })
  })

  it.each(['ada@localhost', 'ada@example.com\nBcc: eve@example.com'])('refuses %j for an address', async (email) => {
    const refused = await beginSignup(aStage().services, aVisitor(), { email })
    expect(refused).toEqual({ ok: false, error: { code: 'invalid_fields', fields: { email: ['email_invalid'] } } })
  })
})
