import { describe, expect, it } from 'vitest'
import { requestEmailChange } from '../../../lib/auth/change-email.ts'
import { hashToken } from '../../../lib/auth/links.ts'
import { login } from '../../../lib/auth/login.ts'
import { MailUnavailable } from '../../../lib/auth/mail.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { secureAccount } from '../../../lib/auth/secure-account.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { verifyEmail } from '../../../lib/auth/verify-email.ts'
import { fold } from '../../../lib/store/fold.ts'
import {
  aFreshUser,
  aSignedInUser,
  aSignupForm,
  aVisitor,
  aWorld,
  freshUser,
  mailedToken,
  replaceCredential,
} from '../../support/world.ts'

const PASSWORD = 'correct horse battery'
const INVALID = { ok: false, error: { code: 'invalid_link' } }
const WEEK = 7 * 86_400

const anAddress = () => `${crypto.randomUUID()}@example.org`

async function aStage(given: Parameters<typeof aWorld>[0] = {}) {
  const world = aWorld({ canMail: true, sessionPolicy: { sessionTtl: 30 * 86_400, accessTtl: 20 * 86_400 }, ...given })
  const { services } = world
  const member = await aFreshUser(world)
  await world.settled()
  world.mails.length = 0
  world.takeTrips()
  const from = member.user.email
  const to = anAddress()
  const ask = async (email = to, password = PASSWORD) =>
    requestEmailChange(services, aVisitor(), await freshUser(world, member), { email, password })
  const change = async () => {
    await ask()
    const confirmed = await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', to))
    if (!confirmed.ok) throw new Error(confirmed.error.code)
    await world.settled()
  }
  const logIn = (email: string) => login(services, aVisitor(), { email, password: PASSWORD, remember: false })
  return { world, services, member, from, to, ask, change, logIn }
}

describe('a change of address', () => {
  it('changes nothing until the new address is proved', async () => {
    const { world, member, from, to, ask, logIn } = await aStage()
    expect(await ask()).toEqual({ ok: true, value: undefined })
    expect(world.mails.map(({ to: addressee, message: { kind } }) => [addressee, kind])).toEqual([[to, 'change-email']])
    expect((await freshUser(world, member)).email).toBe(from)
    expect((await logIn(from)).ok).toBe(true)
    expect(await logIn(to)).toMatchObject({ error: { code: 'invalid_credentials' } })
  })

  it('makes the proved address the one to log in with, verified, and sessions go on', async () => {
    const { world, services, member, from, to, change, logIn } = await aStage()
    await change()
    expect(await freshUser(world, member)).toMatchObject({ email: to, emailVerified: true })
    expect((await logIn(to)).ok).toBe(true)
    expect(await logIn(from)).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect((await refresh(services, aVisitor(), member.refreshToken)).ok).toBe(true)
  })

  it('leaves no link behind once it was confirmed', async () => {
    const { world, services, to, change } = await aStage()
    await change()
    const hash = await hashToken(mailedToken(world, 'change-email', to))
    expect(await services.store.links.get(hash, 'change', services.clock())).toBeNull()
  })

  it('tells the old address, with a link, before it happens', async () => {
    const { world, services, member, from, to, ask } = await aStage()
    await ask()
    const token = mailedToken(world, 'change-email', to)
    world.deliver(false)
    await expect(verifyEmail(services, aVisitor(), token)).rejects.toThrow(MailUnavailable)
    expect((await freshUser(world, member)).email).toBe(from)
    world.deliver(true)
    expect((await verifyEmail(services, aVisitor(), token)).ok).toBe(true)
    expect(world.mails.at(-1)).toMatchObject({ to: from, message: { kind: 'email-changed', newEmail: to } })
  })

  it('to an address that is kept for another tells the old one once, however often the link is used', async () => {
    const { world, services, from, ask } = await aStage()
    const other = await aFreshUser(world)
    const { email: kept } = other.user
    const form = { email: anAddress(), password: PASSWORD }
    await requestEmailChange(services, aVisitor(), other.fresh, form)
    await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', form.email))
    await ask(kept)
    const token = mailedToken(world, 'change-email', kept)
    expect(await verifyEmail(services, aVisitor(), token)).toEqual({ ok: false, error: { code: 'email_taken' } })
    await world.settled()
    for (let i = 0; i < 5; i++) expect(await verifyEmail(services, aVisitor(), token)).toEqual(INVALID)
    expect(world.mails.filter((mail) => mail.to === from && mail.message.kind === 'email-changed')).toHaveLength(1)
  })

  it('waits after ten tries that a provider took no mail for, and leaves the notices alone', async () => {
    const { world, services, member, from, to, ask, logIn } = await aStage()
    await ask()
    const token = mailedToken(world, 'change-email', to)
    world.deliver(false)
    for (let i = 0; i < 10; i++) await expect(verifyEmail(services, aVisitor(), token)).rejects.toThrow(MailUnavailable)
    world.deliver(true)
    const refused = await verifyEmail(services, aVisitor(), token)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'change-confirm' }] } })
    expect(world.events.at(-1)).toMatchObject({ event: 'notice.limited', userId: member.user.id })
    expect((await freshUser(world, member)).email).toBe(from)
    await logIn(from)
    await world.settled()
    expect(world.mails.at(-1)).toMatchObject({ to: from, message: { kind: 'new-login' } })
  })

  it('needs the password, and guessing it is limited', async () => {
    const { world, ask } = await aStage({ limitPolicy: { loginAccount: { limit: 2, window: 60 } } })
    expect(await ask(anAddress(), 'not the password')).toMatchObject({ error: { code: 'wrong_password' } })
    expect(await ask(anAddress(), 'not this one either')).toMatchObject({ error: { code: 'wrong_password' } })
    expect(await ask()).toMatchObject({ error: { code: 'rate_limited' } })
    expect(world.mails).toEqual([])
  })

  it('that is refused does not wait for whose the address is: its time would tell, as often as one likes', async () => {
    const { world, services, member, ask } = await aStage({ limitPolicy: { loginAccount: { limit: 1, window: 60 } } })
    await ask(anAddress(), 'not the password')
    const { store } = services
    const accounts = { ...store.accounts, credentialByEmail: () => new Promise<never>(() => {}) }
    const form = { email: anAddress(), password: PASSWORD }
    const stuck = { ...services, store: { ...store, accounts } }
    const refused = await requestEmailChange(stuck, aVisitor(), await freshUser(world, member), form)
    expect(refused).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'login-account' }] } })
  })

  it.each(['ada@localhost', 'ada@example.org\r\nBcc: eve@example.org'])('is none to %j', async (email) => {
    const { ask } = await aStage()
    expect(await ask(email)).toMatchObject({ error: { code: 'invalid_fields', fields: { email: ['email_invalid'] } } })
  })

  it('is none to the same address, but may change how it is spelt', async () => {
    const { world, services, member, from, ask } = await aStage()
    expect(await ask(from)).toMatchObject({ error: { fields: { email: ['email_unchanged'] } } })
    const spelt = from.toUpperCase()
    expect((await ask(spelt)).ok).toBe(true)
    expect((await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', spelt))).ok).toBe(true)
    expect(await freshUser(world, member)).toMatchObject({ email: spelt, emailChangedAt: null })
    expect(
      world.mails.map(({ message: { kind } }) => kind),
      'nobody is told',
    ).toEqual(['change-email'])
  })

  it('does not tell whether the address has an account: its owner hears of it instead', async () => {
    const { world, services, ask } = await aStage()
    const other = await aSignedInUser(world)
    await world.settled()
    world.mails.length = 0
    world.takeTrips()
    expect(await ask(other.user.email)).toEqual({ ok: true, value: undefined })
    const taken = world.takeTrips()
    expect(world.mails).toMatchObject([{ to: other.user.email, message: { kind: 'account-exists' } }])
    expect((await ask()).ok).toBe(true)
    expect(world.takeTrips(), 'the same work').toEqual(taken)
    expect((await services.store.accounts.credentialByEmail(fold(other.user.email)))?.userId).toBe(other.user.id)
  })

  it('loses to a sign-up that comes first', async () => {
    const { world, services, member, from, to, ask } = await aStage()
    await ask()
    expect((await signup(services, aVisitor(), aSignupForm({ email: to }))).ok).toBe(true)
    const refused = await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', to))
    expect(refused).toEqual({ ok: false, error: { code: 'email_taken' } })
    expect((await freshUser(world, member)).email).toBe(from)
    expect(
      world.mails.some(({ message: { kind } }) => kind === 'email-changed'),
      'a notice',
    ).toBe(false)
  })

  it('is off once the password was changed', async () => {
    const { world, services, member, to, ask } = await aStage()
    await ask()
    await replaceCredential(world, member.user.id)
    expect(await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', to))).toEqual(INVALID)
    expect(
      world.mails.some(({ message: { kind } }) => kind === 'email-changed'),
      'a notice',
    ).toBe(false)
  })

  it('makes an admin of nobody whom an admin’s click did not mean', async () => {
    const address = anAddress()
    const { world, services, member, ask } = await aStage({ rolePolicy: { adminAddresses: new Set([address]) } })
    await ask(address)
    const token = mailedToken(world, 'change-email', address)
    expect(await verifyEmail(services, aVisitor(), token)).toEqual(INVALID)
    const here = { ...aVisitor(), device: member.device ?? null }
    expect((await verifyEmail(services, here, token)).ok).toBe(true)
    expect((await freshUser(world, member)).roles).toContain('admin')
  })

  it('confirmed twice at once happens once', async () => {
    const { world, services, to, ask } = await aStage()
    await ask()
    const token = mailedToken(world, 'change-email', to)
    const results = await Promise.all([1, 2].map(() => verifyEmail(services, aVisitor(), token)))
    expect(results.map(({ ok }) => ok).sort()).toEqual([false, true])
  })

  it('that comes after another is refused, and nobody is told of it', async () => {
    const { world, services, to, ask } = await aStage()
    const other = anAddress()
    await ask()
    await ask(other)
    const late = mailedToken(world, 'change-email', other)
    await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', to))
    world.mails.length = 0
    expect(await verifyEmail(services, aVisitor(), late)).toEqual(INVALID)
    expect(world.mails).toEqual([])
  })

  it('is the only one for a week', async () => {
    const { world, services, ask, change } = await aStage()
    await change()
    const again = anAddress()
    expect(await ask(again)).toMatchObject({ error: { code: 'rate_limited', limits: [{ policy: 'email-change' }] } })
    world.wait(WEEK)
    expect((await ask(again)).ok).toBe(true)
    expect((await verifyEmail(services, aVisitor(), mailedToken(world, 'change-email', again))).ok).toBe(true)
  })
})

describe('the old address', () => {
  it('undoes the change for a week, ends every session, and gets a link for a new password', async () => {
    const { world, services, member, from, to, change, logIn } = await aStage()
    await change()
    world.wait(WEEK - 10)
    expect(await secureAccount(services, aVisitor(), mailedToken(world, 'email-changed', from))).toEqual({
      ok: true,
      value: undefined,
    })
    await world.settled()
    expect(await services.store.accounts.userById(member.user.id)).toMatchObject({ email: from, emailChangedAt: null })
    expect(await refresh(services, aVisitor(), member.refreshToken)).toMatchObject({ ok: false })
    expect(await logIn(from)).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(await logIn(to)).toMatchObject({ error: { code: 'invalid_credentials' } })
    expect(mailedToken(world, 'password-gone', from)).toMatch(/./)
  })

  it('cannot be signed up with in that time, so that nobody stands in the way, and is free afterwards', async () => {
    const { world, services, from, change } = await aStage()
    await change()
    const form = aSignupForm({ email: from })
    expect(await signup(services, aVisitor(), form)).toMatchObject({ error: { code: 'email_taken' } })
    world.wait(WEEK)
    expect((await signup(services, aVisitor(), form)).ok).toBe(true)
    expect(await secureAccount(services, aVisitor(), mailedToken(world, 'email-changed', from))).toEqual(INVALID)
  })
})
