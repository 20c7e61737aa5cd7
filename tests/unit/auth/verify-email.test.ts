import { describe, expect, it } from 'vitest'
import { authenticateFresh } from '../../../lib/auth/authenticate.ts'
import { forgotPassword } from '../../../lib/auth/forgot-password.ts'
import { login } from '../../../lib/auth/login.ts'
import { MailUnavailable } from '../../../lib/auth/mail.ts'
import { resetPassword } from '../../../lib/auth/reset-password.ts'
import { requestVerification, verifyEmail } from '../../../lib/auth/verify-email.ts'
import { aFreshUser, aVisitor, aWorld, freshUser, ISSUER, mailedToken } from '../../support/world.ts'

const INVALID = { ok: false, error: { code: 'invalid_link' } }

async function aStage(given: Parameters<typeof aWorld>[0] = {}) {
  const world = aWorld({ canMail: true, ...given })
  const member = await aFreshUser(world)
  await world.settled()
  return { world, services: world.services, member, email: member.user.email }
}

describe('a new account', () => {
  it('is mailed a link to verify its address, after the answer', async () => {
    const { world, email } = await aStage()
    const url = `${ISSUER}/verify-email?token=${mailedToken(world, 'verify-email', email)}`
    expect(world.mails).toEqual([{ to: email, message: { kind: 'verify-email', url }, patience: 'long' }])
  })

  it('is there also when the mail could not be sent', async () => {
    const world = aWorld({ canMail: true })
    world.deliver(false)
    const { fresh } = await aFreshUser(world)
    await expect(world.settled()).rejects.toThrow('The provider is down')
    world.deliver(true)
    expect((await requestVerification(world.services, aVisitor(), fresh)).ok).toBe(true)
    expect((await verifyEmail(world.services, aVisitor(), mailedToken(world, 'verify-email', fresh.email))).ok).toBe(
      true,
    )
  })

  it('is mailed nothing where no mail is configured', async () => {
    const world = aWorld()
    await aFreshUser(world)
    await world.settled()
    expect(world.mails).toEqual([])
  })
})

describe('the verification of an address', () => {
  it('shows at once to whoever asks the store, and in the activity', async () => {
    const { world, services, member, email } = await aStage()
    expect(member.fresh.emailVerified).toBe(false)
    const verified = await verifyEmail(services, aVisitor(), mailedToken(world, 'verify-email', email))
    expect(verified).toEqual({ ok: true, value: undefined })
    expect((await freshUser(world, member)).emailVerified).toBe(true)
    const [newest] = await services.store.accounts.activity(member.user.id)
    expect(newest?.type).toBe('email.verified')
  })

  it('makes an admin of whom the settings name by address, and of nobody before', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const world = aWorld({ canMail: true, rolePolicy: { adminAddresses: new Set([email]) } })
    const member = await aFreshUser(world, { email })
    expect(member.fresh.roles).toEqual(['user'])
    await world.settled()
    const here = { ...aVisitor(), device: member.device ?? null }
    await verifyEmail(world.services, here, mailedToken(world, 'verify-email', email))
    expect((await freshUser(world, member)).roles).toEqual(['user', 'admin'])
  })

  it('gives no admin’s account to a stranger who signed up their address, and hopes that they click', async () => {
    const email = `${crypto.randomUUID()}@example.com`
    const world = aWorld({ canMail: true, rolePolicy: { adminAddresses: new Set([email]) } })
    const { services } = world
    const stranger = await aFreshUser(world, { email })
    await world.settled()
    expect((await verifyEmail(services, aVisitor(), mailedToken(world, 'verify-email', email))).ok).toBe(true)
    expect(world.ended).toEqual([stranger.session.id])
    const form = { email, password: 'correct horse battery', remember: false }
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'invalid_credentials' } })

    await forgotPassword(services, aVisitor(), { email })
    await world.settled()
    const token = mailedToken(world, 'reset-password', email)
    await resetPassword(services, aVisitor(), { token, password: 'chosen by the admin' })
    expect(await login(services, aVisitor(), { ...form, password: 'chosen by the admin' })).toMatchObject({
      value: { user: { id: stranger.user.id, roles: ['user', 'admin'] } },
    })
  })

  it('works once, also for ten at once', async () => {
    const { world, services, email } = await aStage()
    const token = mailedToken(world, 'verify-email', email)
    const results = await Promise.all(Array.from({ length: 10 }, () => verifyEmail(services, aVisitor(), token)))
    expect(results.filter(({ ok }) => ok).length).toBe(1)
    expect(await verifyEmail(services, aVisitor(), token)).toEqual(INVALID)
  })

  it('works for a day', async () => {
    const { world, services, email } = await aStage()
    world.wait(86_400)
    expect(await verifyEmail(services, aVisitor(), mailedToken(world, 'verify-email', email))).toEqual(INVALID)
  })

  it('leaves sessions and password alone', async () => {
    const { world, services, member, email } = await aStage()
    await verifyEmail(services, aVisitor(), mailedToken(world, 'verify-email', email))
    const presented = { bearer: member.accessToken, accessCookie: null }
    expect(await authenticateFresh(services, presented)).toMatchObject({ id: member.user.id })
    const form = { email, password: 'correct horse battery', remember: false }
    expect((await login(services, aVisitor(), form)).ok).toBe(true)
  })
})

describe('another mail with the link', () => {
  it('is sent while somebody waits, who hears when it was not', async () => {
    const { world, services, member } = await aStage()
    world.deliver(false)
    await expect(requestVerification(services, aVisitor(), member.fresh)).rejects.toThrow(MailUnavailable)
    world.deliver(true)
    expect(await requestVerification(services, aVisitor(), member.fresh)).toEqual({ ok: true, value: undefined })
    expect(world.mails.at(-1)?.patience).toBe('short')
  })

  it('is not sent to whose address is verified', async () => {
    const { world, services, member, email } = await aStage()
    await verifyEmail(services, aVisitor(), mailedToken(world, 'verify-email', email))
    world.mails.length = 0
    expect((await requestVerification(services, aVisitor(), await freshUser(world, member))).ok).toBe(true)
    expect(world.mails).toEqual([])
  })

  it('is limited', async () => {
    const { services, member } = await aStage({ limitPolicy: { forgotAccount: { limit: 1, window: 60 } } })
    expect((await requestVerification(services, aVisitor(), member.fresh)).ok).toBe(true)
    const refused = await requestVerification(services, aVisitor(), member.fresh)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'verify-account' }] } })
  })

  it('asks for a new password where an address belongs to whoever proves it: the one before the proof goes', async () => {
    const { services: open, world, member, email } = await aStage()
    const services = { ...open, signupPolicy: 'verify-first' as const }
    world.mails.length = 0
    await requestVerification(services, aVisitor(), member.fresh)
    const token = mailedToken(world, 'reset-password', email)
    expect(await verifyEmail(services, aVisitor(), token)).toEqual(INVALID)
    expect((await resetPassword(services, aVisitor(), { token, password: 'chosen by the owner' })).ok).toBe(true)
    const form = { email, password: 'correct horse battery', remember: false }
    expect(await login(services, aVisitor(), form)).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(world.ended).toEqual([member.session.id])
  })
})
