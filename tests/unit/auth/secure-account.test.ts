import { describe, expect, it } from 'vitest'
import { changePassword } from '../../../lib/auth/change-password.ts'
import { login } from '../../../lib/auth/login.ts'
import { notifyOwner } from '../../../lib/auth/notify-owner.ts'
import { resetPassword } from '../../../lib/auth/reset-password.ts'
import { secureAccount } from '../../../lib/auth/secure-account.ts'
import { aFreshUser, aVisitor, aWorld, mailedToken } from '../../support/world.ts'

const PASSWORD = 'correct horse battery'
const INVALID = { ok: false, error: { code: 'invalid_link' } }

async function aStage(given: Parameters<typeof aWorld>[0] = {}) {
  const world = aWorld({ canMail: true, ...given })
  const { services } = world
  const member = await aFreshUser(world)
  await world.settled()
  world.mails.length = 0
  const email = member.user.email
  const logIn = async (given: { device?: string; userAgent?: string; ip?: string } = {}) => {
    const signedIn = await login(services, { ...aVisitor(), ...given }, { email, password: PASSWORD, remember: false })
    await world.settled()
    return signedIn
  }
  const kinds = () => world.mails.map(({ message: { kind } }) => kind)
  return { world, services, member, email, logIn, kinds }
}

describe('“was this you?”', () => {
  it('is mailed about a log-in from a device that the account has not seen', async () => {
    const { world, email, logIn } = await aStage()
    await logIn({ ip: '192.0.2.9', userAgent: 'Thief/1.0' })
    expect(world.mails).toMatchObject([
      { to: email, message: { kind: 'new-login', incident: { ip: '192.0.2.9', userAgent: 'Thief/1.0' } } },
    ])
  })

  it('is not mailed about a browser that the account knows', async () => {
    const { member, logIn, kinds } = await aStage()
    await logIn({ device: member.device })
    expect(kinds()).toEqual([])
    const elsewhere = await logIn()
    expect(kinds()).toEqual(['new-login'])
    if (elsewhere.ok) await logIn({ device: elsewhere.value.device })
    expect(kinds()).toEqual(['new-login'])
  })

  it('is not mailed about an app, which keeps no mark, that comes from the same network', async () => {
    const { logIn, kinds } = await aStage()
    await logIn({ userAgent: 'App/1.0', ip: '192.0.2.9' })
    await logIn({ userAgent: 'App/1.0', ip: '192.0.2.10' })
    expect(kinds()).toEqual(['new-login'])
    await logIn({ userAgent: 'App/1.0', ip: '198.51.100.1' })
    expect(kinds()).toEqual(['new-login', 'new-login'])
  })

  it('is mailed about any that hide their address', async () => {
    const { logIn, kinds } = await aStage()
    await logIn({ ip: '' })
    await logIn({ ip: '' })
    expect(kinds()).toEqual(['new-login', 'new-login'])
  })

  it('is not mailed about a wrong password', async () => {
    const { world, services, email, kinds } = await aStage()
    await login(services, aVisitor(), { email, password: 'not the password', remember: false })
    await world.settled()
    expect(kinds()).toEqual([])
  })

  it('is mailed about a changed password', async () => {
    const { world, services, member, kinds } = await aStage()
    const form = { currentPassword: PASSWORD, newPassword: 'another fine password' }
    expect((await changePassword(services, aVisitor(), member.fresh, form)).ok).toBe(true)
    await world.settled()
    expect(kinds()).toEqual(['password-changed'])
  })

  it('does not fill a mailbox: ten an hour', async () => {
    const { logIn, kinds, world } = await aStage()
    for (let i = 0; i < 12; i++) await logIn()
    expect(kinds().length).toBe(10)
    expect(world.events.filter(({ event }) => event === 'notice.limited').length).toBe(2)
  })
})

describe('“that was not me”', () => {
  it('ends every session, takes the password away, and mails a link for a new one', async () => {
    const { world, services, member, email, logIn } = await aStage()
    const thief = await logIn()
    const token = mailedToken(world, 'new-login', email)
    expect(await secureAccount(services, aVisitor(), token)).toEqual({ ok: true, value: undefined })
    await world.settled()
    expect(world.ended).toEqual(expect.arrayContaining([member.session.id, thief.ok && thief.value.session.id]))
    expect(await logIn()).toMatchObject({ error: { code: 'invalid_credentials' } })
    const reset = { token: mailedToken(world, 'password-gone', email), password: PASSWORD }
    expect((await resetPassword(services, aVisitor(), reset)).ok).toBe(true)
    expect((await logIn()).ok).toBe(true)
  })

  it('makes the device of before a new one again, by mark and by network', async () => {
    const { world, services, email, logIn, kinds } = await aStage()
    const here = { userAgent: 'App/1.0', ip: '192.0.2.9' }
    const thief = await logIn(here)
    await secureAccount(services, aVisitor(), mailedToken(world, 'new-login', email))
    await world.settled()
    await resetPassword(services, aVisitor(), {
      token: mailedToken(world, 'password-gone', email),
      password: PASSWORD,
    })
    await world.settled()
    world.mails.length = 0
    await logIn({ ...here, device: thief.ok ? thief.value.device : undefined })
    expect(kinds()).toEqual(['new-login'])
  })

  it('hashes as often for one account as one may try to log in to it, wherever from', async () => {
    const { world, services, email, logIn, member } = await aStage({
      limitPolicy: { loginAccount: { limit: 2, window: 60 } },
    })
    const tokens = []
    for (let i = 0; i < 3; i++) {
      await notifyOwner(services, aVisitor(), member.user.id, 'new-login')
      tokens.push(mailedToken(world, 'new-login', email))
    }
    for (let i = 0; i < 3; i++) await logIn() // of no matter: whoever guesses shall not keep the owner from it
    for (const token of tokens.slice(0, 2)) expect((await secureAccount(services, aVisitor(), token)).ok).toBe(true)
    world.hashes.length = 0
    const refused = await secureAccount(services, aVisitor(), tokens[2] ?? '')
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'link-hash' }] } })
    expect(world.hashes).toEqual([])
    expect(world.events.at(-1)).toMatchObject({ event: 'password.limited', userId: member.user.id })
  })

  it('costs a log-in afterwards the same work as any other', async () => {
    const { world, services, email, logIn } = await aStage()
    await logIn()
    await secureAccount(services, aVisitor(), mailedToken(world, 'new-login', email))
    world.hashes.length = 0
    await logIn()
    expect(world.hashes.length).toBe(1)
  })

  it('works for a week, and once', async () => {
    const { world, services, email, logIn } = await aStage()
    await logIn()
    const first = mailedToken(world, 'new-login', email)
    await logIn()
    const second = mailedToken(world, 'new-login', email)
    world.wait(7 * 86_400 - 1)
    expect((await secureAccount(services, aVisitor(), first)).ok).toBe(true)
    await world.settled()
    expect(await secureAccount(services, aVisitor(), first)).toEqual(INVALID)
    world.wait(1)
    expect(await secureAccount(services, aVisitor(), second)).toEqual(INVALID)
  })

  it('works again when it met an outage', async () => {
    const { world, services, email, logIn } = await aStage()
    await logIn()
    const token = mailedToken(world, 'new-login', email)
    world.reach(false)
    await expect(secureAccount(services, aVisitor(), token)).rejects.toThrow()
    world.reach(true)
    expect((await secureAccount(services, aVisitor(), token)).ok).toBe(true)
  })

  it('works again when the mail with the new link could not be sent', async () => {
    const { world, services, email, logIn } = await aStage()
    await logIn()
    const token = mailedToken(world, 'new-login', email)
    world.deliver(false)
    expect((await secureAccount(services, aVisitor(), token)).ok).toBe(true)
    await expect(world.settled()).rejects.toThrow('The provider is down')
    world.deliver(true)
    expect((await secureAccount(services, aVisitor(), token)).ok).toBe(true)
  })
})
