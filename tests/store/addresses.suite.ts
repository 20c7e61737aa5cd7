import { describe, expect, it } from 'vitest'
import { EMAIL_UNDO_SECONDS, type NewAccount, type Store } from '../../lib/store/contract.ts'
import { fold } from '../../lib/store/fold.ts'
import { anAccount, anActivity, anEmailChange, anId, aRecovery, aRefresh, aSession, NOW } from '../support/builders.ts'
import { createAll, disable } from './steps.ts'

/** When a change at `NOW` cannot be undone any more. */
const OVER = NOW + EMAIL_UNDO_SECONDS

/** How the address of an account is verified, changed and got back, for each driver. */
export function describeAddresses(driver: string, open: () => Promise<Store>): void {
  async function openWith(...accounts: NewAccount[]): Promise<Store> {
    const store = await open()
    await createAll(store, accounts)
    return store
  }

  const anEmail = () => `Countess.${anId()}@example.org`

  /** An account after the change of its address at `NOW` from `account.user.email` to `email`. */
  async function openChanged(): Promise<{ store: Store; account: NewAccount; email: string }> {
    const [account, email] = [anAccount(), anEmail()]
    const store = await openWith(account)
    expect(await store.accounts.changeEmail(anEmailChange(account, { to: email }))).toBe('changed')
    return { store, account, email }
  }

  /** What the store tells of an account: of the user, by what it is found, and what follows from it. */
  async function stateOf({ accounts, sessions }: Store, { user, session }: NewAccount) {
    const [byId, credential, own, activity] = await Promise.all([
      accounts.userById(user.id),
      accounts.credentialById(user.id),
      sessions.get(user.id, session.id),
      accounts.activity(user.id),
    ])
    return { byId, credential, own, activity }
  }

  async function ownerOf({ accounts }: Store, email: string): Promise<string | undefined> {
    return (await accounts.credentialByEmail(fold(email)))?.userId
  }

  function signUp({ accounts }: Store, email: string, createdAt = NOW): ReturnType<Store['accounts']['create']> {
    return accounts.create(anAccount({ user: { email, createdAt } }))
  }

  function expectFound({ accounts }: Store, prefix: string) {
    const find = async () => (await accounts.page({ prefix: fold(prefix), after: null, limit: 10 })).users
    return expect.poll(find, { timeout: 20_000, interval: 200 })
  }

  describe(`${driver}: verifying an address`, () => {
    const activity = anActivity({ type: 'email.verified' })

    it('marks it, for the account to see', async () => {
      const account = anAccount()
      const store = await openWith(account)
      expect(await store.accounts.verifyEmail(account.user.id, account.address, activity)).toBe(true)
      expect(await store.accounts.userById(account.user.id)).toEqual({ ...account.user, emailVerified: true })
      expect(await store.accounts.activity(account.user.id)).toEqual([activity, account.activity])
    })

    it('changes nothing the second time', async () => {
      const account = anAccount({ user: { emailVerified: true } })
      const store = await openWith(account)
      expect(await store.accounts.verifyEmail(account.user.id, account.address, activity)).toBe(true)
      expect(await store.accounts.activity(account.user.id)).toEqual([account.activity])
    })

    it('does nothing for another address than the account has', async () => {
      const { store, account, email } = await openChanged()
      const [fresh, other] = [anAccount(), anAccount()]
      await createAll(store, [fresh, other])
      const before = await stateOf(store, fresh)
      for (const address of [other.address, `${anId()}@example.com`]) {
        expect(await store.accounts.verifyEmail(fresh.user.id, address, activity)).toBe(false)
      }
      expect(await stateOf(store, fresh)).toEqual(before)
      expect(await store.accounts.verifyEmail(account.user.id, account.address, activity)).toBe(false)
      expect(await store.accounts.verifyEmail(account.user.id, fold(email), activity)).toBe(true)
    })

    it('makes no account where there is none', async () => {
      const account = anAccount()
      const store = await open()
      expect(await store.accounts.verifyEmail(account.user.id, account.address, activity)).toBe(false)
      expect(await stateOf(store, account)).toEqual({ byId: null, credential: null, own: null, activity: [] })
    })
  })

  describe(`${driver}: changing the address`, () => {
    it('gives the account the new one, verified, and lets sessions go on', async () => {
      const account = anAccount()
      const { user } = account
      const store = await openWith(account)
      const change = anEmailChange(account, { now: NOW + 5 })
      expect(await store.accounts.changeEmail(change)).toBe('changed')
      expect(await store.accounts.userById(user.id)).toEqual({
        ...user,
        email: change.to,
        emailVerified: true,
        emailChangedAt: NOW + 5,
      })
      expect(await store.accounts.credentialByEmail(fold(change.to))).toEqual({
        userId: user.id,
        passwordHash: account.passwordHash,
        version: 1,
      })
      expect(await store.accounts.activity(user.id)).toEqual([change.activity, account.activity])
      expect(await store.sessions.advance(aRefresh(account))).toMatchObject({
        outcome: 'advanced',
        user: { email: change.to },
      })
    })

    it('ends it that one can log in with the old address', async () => {
      const { store, account } = await openChanged()
      expect(await store.accounts.credentialByEmail(account.address)).toBeNull()
    })

    it('keeps the old address from everybody else, to the second for seven days', async () => {
      const { store, account } = await openChanged()
      const { email } = account.user
      const other = anAccount()
      await createAll(store, [other])
      for (const now of [NOW, OVER - 1]) {
        expect(await signUp(store, email, now)).toBe('email_taken')
        expect(await store.accounts.changeEmail(anEmailChange(other, { to: email, now }))).toBe('email_taken')
      }
      expect(await store.accounts.changeEmail(anEmailChange(other, { to: email, now: OVER }))).toBe('changed')
      expect(await ownerOf(store, email)).toBe(other.user.id)
    })

    it('frees the old address for a sign-up after seven days', async () => {
      const { store, account, email } = await openChanged()
      const successor = anAccount({ user: { email: account.user.email, createdAt: OVER } })
      expect(await store.accounts.create(successor)).toBe('created')
      expect(await ownerOf(store, account.address)).toBe(successor.user.id)
      expect(await ownerOf(store, email)).toBe(account.user.id)
    })

    it('refuses an address that another account has, and changes nothing', async () => {
      const [account, other] = [anAccount(), anAccount()]
      const store = await openWith(account, other)
      const before = await stateOf(store, account)
      const to = other.user.email.toUpperCase()
      expect(await store.accounts.changeEmail(anEmailChange(account, { to }))).toBe('email_taken')
      expect(await stateOf(store, account)).toEqual(before)
      expect(await ownerOf(store, account.address)).toBe(account.user.id)
      expect(await ownerOf(store, other.address)).toBe(other.user.id)
    })

    it.each([
      ['its credential is of another version', { version: 2 }],
      ['its address is another than expected', { from: 'somebody@example.com' }],
      ['there is no such account', { userId: 'nobody' }],
    ])('refuses when %s, changes nothing and leaves the new address free', async (_, given) => {
      const account = anAccount()
      const store = await openWith(account)
      const before = await stateOf(store, account)
      const change = anEmailChange(account, given)
      expect(await store.accounts.changeEmail(change)).toBe('refused')
      expect(await stateOf(store, account)).toEqual(before)
      expect(await ownerOf(store, account.address)).toBe(account.user.id)
      expect(await signUp(store, change.to)).toBe('created')
    })

    it('refuses a further change until the one before cannot be undone any more', async () => {
      const { store, account, email } = await openChanged()
      const next = anEmailChange(account, { from: email })
      for (const to of [next.to, account.user.email, email.toUpperCase()]) {
        expect(await store.accounts.changeEmail({ ...next, to, now: OVER - 1 })).toBe('refused')
      }
      expect(await store.accounts.changeEmail({ ...next, now: OVER })).toBe('changed')
      expect(await ownerOf(store, next.to)).toBe(account.user.id)
      expect(await signUp(store, email, OVER)).toBe('email_taken')
      expect(await signUp(store, account.user.email, OVER)).toBe('created')
    })

    it('takes an account back to its old address after seven days, if that is still free', async () => {
      const { store, account, email } = await openChanged()
      const back = anEmailChange(account, { from: email, to: account.user.email, now: OVER })
      expect(await store.accounts.changeEmail(back)).toBe('changed')
      expect(await ownerOf(store, account.address)).toBe(account.user.id)
      expect(await ownerOf(store, email)).toBeUndefined()
      expect(await signUp(store, email, OVER)).toBe('email_taken')
    })

    it('changes the spelling of an address, and nothing else but that it is verified', async () => {
      const account = anAccount()
      const { user } = account
      const store = await openWith(account)
      const to = user.email.toUpperCase()
      expect(await store.accounts.changeEmail(anEmailChange(account, { to }))).toBe('changed')
      expect(await store.accounts.userById(user.id)).toEqual({ ...user, email: to, emailVerified: true })
      expect(await ownerOf(store, to)).toBe(user.id)
      expect(await signUp(store, to)).toBe('email_taken')
      expect(await store.accounts.changeEmail(anEmailChange(account, { from: to }))).toBe('changed')
    })

    it('finds the account by the new address and its domain, and by the old one no longer', async () => {
      const name = `w${anId()}`
      const [domain, newDomain] = [`@${anId()}.example`, `@${anId()}.example`]
      const account = anAccount({ user: { email: `Ada${domain}`, name } })
      const store = await openWith(account)
      await expectFound(store, domain).toHaveLength(1)
      const to = `Countess${newDomain}`
      await store.accounts.changeEmail(anEmailChange(account, { to }))
      const changed = { ...account.user, email: to, emailVerified: true, emailChangedAt: NOW }
      for (const prefix of [to, newDomain]) await expectFound(store, prefix).toEqual([changed])
      for (const prefix of [account.address, domain]) await expectFound(store, prefix).toEqual([])
      await expectFound(store, name).toEqual([changed])
      await store.accounts.recover(aRecovery({ user: changed }, { to: account.user.email }))
      await expectFound(store, domain).toHaveLength(1)
      await expectFound(store, newDomain).toEqual([])
    })

    it('is in nobody’s way who is renamed, or has other rights, after it', async () => {
      const { store, account, email } = await openChanged()
      const name = `w${anId()}`
      await store.accounts.updateUser(account.user.id, { name })
      await disable(store, account.user.id)
      const now = { ...account.user, name, email, emailVerified: true, emailChangedAt: NOW, disabled: true }
      await expectFound(store, name).toEqual([now])
      await expectFound(store, email).toEqual([now])
    })

    it('gives an address to one of 10 accounts that change to it while 10 sign up with it', async () => {
      for (let round = 0; round < 5; round++) {
        const accounts = Array.from({ length: 10 }, () => anAccount())
        const store = await openWith(...accounts)
        const to = anEmail()
        const newcomers = Array.from({ length: 10 }, () => anAccount({ user: { email: to } }))
        const outcomes = await Promise.all(
          accounts.flatMap((account, i) => [
            store.accounts.changeEmail(anEmailChange(account, { to })),
            newcomers[i] ? store.accounts.create(newcomers[i]) : null,
          ]),
        )
        const everybody = accounts.flatMap((account, i) => [account, newcomers[i]])
        const winners = everybody.filter((_, i) => outcomes[i] === 'changed' || outcomes[i] === 'created')
        expect(winners).toHaveLength(1)
        expect(outcomes.filter((outcome) => outcome === 'email_taken')).toHaveLength(19)
        expect(await ownerOf(store, to)).toBe(winners[0]?.user.id)
        for (const account of accounts.filter((each) => !winners.includes(each))) {
          expect(await store.accounts.userById(account.user.id)).toEqual(account.user)
        }
      }
    })

    it('gives an account one address of 10 that it changes to at once, and leaves the others free', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const changes = Array.from({ length: 10 }, () => anEmailChange(account))
      const outcomes = await Promise.all(changes.map((change) => store.accounts.changeEmail(change)))
      expect(outcomes.filter((outcome) => outcome === 'changed')).toHaveLength(1)
      const { to } = changes[outcomes.indexOf('changed')] ?? {}
      expect(await store.accounts.userById(account.user.id)).toMatchObject({ email: to })
      for (const [i, change] of changes.entries()) {
        const isOwn = outcomes[i] === 'changed'
        expect(await ownerOf(store, change.to)).toBe(isOwn ? account.user.id : undefined)
        expect(await signUp(store, change.to)).toBe(isOwn ? 'email_taken' : 'created')
      }
    })

    it('either goes before a change of the password or is refused after it', async () => {
      for (let round = 0; round < 5; round++) {
        const account = anAccount()
        const { id: userId } = account.user
        const store = await openWith(account)
        const change = anEmailChange(account)
        const [outcome] = await Promise.all([
          store.accounts.changeEmail(change),
          store.accounts.setPassword({
            userId,
            from: 1,
            passwordHash: 'new',
            keep: null,
            proven: account.address,
            now: NOW,
            activity: anActivity(),
          }),
        ])
        expect((await store.accounts.userById(userId))?.email).toBe(
          outcome === 'changed' ? change.to : account.user.email,
        )
        expect(await ownerOf(store, outcome === 'changed' ? change.to : account.address)).toBe(userId)
        expect((await store.accounts.credentialById(userId))?.version).toBe(2)
      }
    })
  })

  describe(`${driver}: recovering an account`, () => {
    it('sets the password, ends every session and verifies the address', async () => {
      const account = anAccount()
      const { id: userId } = account.user
      const store = await openWith(account)
      const [other, ended] = [aSession({ userId }), aSession({ userId, revokedAt: NOW - 7_200 })]
      for (const session of [other, ended]) await store.sessions.open(session, 1, anActivity())
      const recovery = aRecovery(account, { now: NOW + 5 })
      const recovered = await store.accounts.recover(recovery)
      expect(recovered.outcome).toBe('recovered')
      expect('ended' in recovered && recovered.ended.sort()).toEqual([account.session.id, other.id].sort())
      expect(await stateOf(store, account)).toMatchObject({
        byId: { ...account.user, emailVerified: true },
        credential: { passwordHash: recovery.passwordHash, version: 2 },
        own: { session: { revokedAt: NOW + 5 } },
      })
      expect((await store.accounts.activity(userId))[0]).toEqual(recovery.activity)
      expect(await ownerOf(store, account.address)).toBe(userId)
    })

    it('by the old address undoes the change, and frees the other address', async () => {
      const { store, account, email } = await openChanged()
      const { user } = account
      const recovery = aRecovery(account, { from: email, now: OVER - 1 })
      expect(await store.accounts.recover(recovery)).toMatchObject({ outcome: 'recovered' })
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'revoked' })
      expect(await store.accounts.userById(user.id)).toEqual({ ...user, emailVerified: true })
      expect(await store.accounts.credentialByEmail(account.address)).toEqual({
        userId: user.id,
        passwordHash: recovery.passwordHash,
        version: 2,
      })
      expect(await ownerOf(store, email)).toBeUndefined()
      expect(await signUp(store, email)).toBe('created')
      expect(await signUp(store, user.email, OVER)).toBe('email_taken')
    })

    it('lets the address be changed again at once after it was undone', async () => {
      const { store, account, email } = await openChanged()
      await store.accounts.recover(aRecovery(account, { from: email }))
      expect(await store.accounts.changeEmail(anEmailChange(account))).toBe('refused')
      expect(await store.accounts.changeEmail(anEmailChange(account, { to: email, version: 2 }))).toBe('changed')
      expect(await ownerOf(store, email)).toBe(account.user.id)
    })

    it('by the present address leaves a change as it is, which can still be undone', async () => {
      const { store, account, email } = await openChanged()
      expect(await store.accounts.recover(aRecovery(account, { from: email, to: email }))).toMatchObject({
        outcome: 'recovered',
      })
      expect(await store.accounts.userById(account.user.id)).toMatchObject({ email, emailChangedAt: NOW })
      expect(await signUp(store, account.user.email)).toBe('email_taken')
      expect(await store.accounts.recover(aRecovery(account, { from: email }))).toMatchObject({ outcome: 'recovered' })
      expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ version: 3 })
    })

    it('is refused by the old address after seven days', async () => {
      const { store, account, email } = await openChanged()
      const before = await stateOf(store, account)
      const recovery = aRecovery(account, { from: email, now: OVER })
      expect(await store.accounts.recover(recovery)).toEqual({ outcome: 'refused' })
      expect(await stateOf(store, account)).toEqual(before)
      expect(await signUp(store, account.user.email, OVER)).toBe('created')
      expect(await store.accounts.recover({ ...recovery, now: OVER - 1 })).toEqual({ outcome: 'refused' })
    })

    it.each([
      ['an address that it never had', { to: 'somebody@example.com' }],
      ['its old address, where it has another than expected', { from: 'somebody@example.com' }],
    ])('is refused by %s', async (_, given) => {
      const { store, account, email } = await openChanged()
      const before = await stateOf(store, account)
      expect(await store.accounts.recover(aRecovery(account, { from: email, ...given }))).toEqual({
        outcome: 'refused',
      })
      expect(await stateOf(store, account)).toEqual(before)
      expect(await ownerOf(store, email)).toBe(account.user.id)
      expect(await signUp(store, account.user.email)).toBe('email_taken')
    })

    it('is refused by the address of another account, which keeps it', async () => {
      const [account, other] = [anAccount(), anAccount()]
      const store = await openWith(account, other)
      const recovery = aRecovery(account, { to: other.user.email })
      expect(await store.accounts.recover(recovery)).toEqual({ outcome: 'refused' })
      expect(await ownerOf(store, other.address)).toBe(other.user.id)
    })

    it('makes no account where there is none', async () => {
      const account = anAccount()
      const store = await open()
      expect(await store.accounts.recover(aRecovery(account))).toEqual({ outcome: 'refused' })
      expect(await stateOf(store, account)).toEqual({ byId: null, credential: null, own: null, activity: [] })
      expect(await store.accounts.create(account)).toBe('created')
    })

    it('undoes once of 10 times at once, and the address is the account’s alone', async () => {
      const { store, account, email } = await openChanged()
      const outcomes = await Promise.all([
        ...Array.from({ length: 10 }, () => store.accounts.recover(aRecovery(account, { from: email }))),
        signUp(store, account.user.email),
      ])
      expect(outcomes.filter((each) => typeof each !== 'string' && each.outcome === 'recovered')).toHaveLength(1)
      expect(outcomes.at(-1)).toBe('email_taken')
      expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ version: 2 })
    })
  })

  describe(`${driver}: deleting an account whose address was changed`, () => {
    it('frees both addresses', async () => {
      const { store, account, email } = await openChanged()
      expect(await store.accounts.delete(account.user.id, fold(email), 1)).toMatchObject({ outcome: 'deleted' })
      for (const each of [email, account.user.email]) {
        expect(await ownerOf(store, each)).toBeUndefined()
        expect(await signUp(store, each)).toBe('created')
      }
    })

    it.each([
      ['frees both addresses when it still goes by the old one', (account: NewAccount) => account.address],
      ['frees both addresses when it goes by one that it never had', () => `${anId()}@example.com`],
    ])('%s', async (_, addressOf) => {
      const { store, account, email } = await openChanged()
      await store.accounts.delete(account.user.id, addressOf(account), 1)
      for (const each of [email, account.user.email]) expect(await signUp(store, each)).toBe('created')
    })

    it('leaves the old address alone where it has become another account’s', async () => {
      const { store, account, email } = await openChanged()
      const successor = anAccount({ user: { email: account.user.email, createdAt: OVER } })
      await createAll(store, [successor])
      await store.accounts.delete(account.user.id, fold(email), 1)
      expect(await ownerOf(store, account.address)).toBe(successor.user.id)
    })
  })
}
