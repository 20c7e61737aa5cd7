import { describe, expect, it } from 'vitest'
import type { AccessChange, NewAccount, PasswordChange, Session, Store } from '../../lib/store/contract.ts'
import { anAccount, anActivity, anId, aRefresh, aSession, NOW } from '../support/builders.ts'
import { createAll, disable, setAccess, storedSession } from './steps.ts'

/** What may happen to an account after its creation, for each driver. */
export function describeAccounts(driver: string, open: () => Promise<Store>): void {
  async function openWith(...accounts: NewAccount[]): Promise<Store> {
    const store = await open()
    await createAll(store, accounts)
    return store
  }

  /** An account with a session that runs besides its first, one that was logged out and one that has expired. */
  async function openWithSessions(): Promise<{ store: Store; account: NewAccount; other: Session }> {
    const account = anAccount()
    const store = await openWith(account)
    const { userId } = account.session
    const other = aSession({ userId })
    const ended = [aSession({ userId, revokedAt: NOW - 7_200 }), aSession({ userId, expiresAt: NOW })]
    for (const session of [other, ...ended]) await store.sessions.open(session, 1, anActivity())
    return { store, account, other }
  }

  /** All that the store tells of an account. */
  async function everythingOf(store: Store, { user, address }: NewAccount) {
    const [byId, credential, byAddress, sessions, activity] = await Promise.all([
      store.accounts.userById(user.id),
      store.accounts.credentialById(user.id),
      store.accounts.credentialByEmail(address),
      store.sessions.list(user.id),
      store.accounts.activity(user.id),
    ])
    return { byId, credential, byAddress, sessions: sessions.sort((a, b) => (a.id < b.id ? -1 : 1)), activity }
  }

  const NOTHING = { byId: null, credential: null, byAddress: null, sessions: [], activity: [] }

  describe(`${driver}: reading an account`, () => {
    it('knows user, credential, sessions and activity by the id', async () => {
      const account = anAccount()
      const { user, passwordHash, session, activity } = account
      const store = await openWith(account)
      const credential = { userId: user.id, passwordHash, version: 1 }
      expect(await everythingOf(store, account)).toEqual({
        byId: user,
        credential,
        byAddress: credential,
        sessions: [session],
        activity: [activity],
      })
    })

    it('knows nothing of an account that there is not', async () => {
      const store = await open()
      expect(await everythingOf(store, anAccount())).toEqual(NOTHING)
    })

    it('lists every session of the user whatever its state, and none of another', async () => {
      const account = anAccount({ session: { revokedAt: NOW - 1 } })
      const store = await openWith(account, anAccount())
      const expired = aSession({ userId: account.user.id, expiresAt: NOW - 5 })
      await store.sessions.open(expired, 1, anActivity())
      const sessions = await store.sessions.list(account.user.id)
      expect(sessions).toHaveLength(2)
      expect(sessions).toEqual(expect.arrayContaining([account.session, expired]))
    })
  })

  describe(`${driver}: changing the name`, () => {
    it('changes the name and nothing else', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const before = await everythingOf(store, account)
      const renamed = { ...account.user, name: 'Grace Hopper' }
      expect(await store.accounts.updateUser(account.user.id, { name: 'Grace Hopper' })).toEqual(renamed)
      expect(await everythingOf(store, account)).toEqual({ ...before, byId: renamed })
    })

    it.each([null, '', '12345', 'null', 'half \ud83d', 'a\u0000b\n\\/"'])(
      'takes the name %j as it is',
      async (name) => {
        const account = anAccount()
        const store = await openWith(account)
        expect((await store.accounts.updateUser(account.user.id, { name }))?.name).toBe(name)
        expect((await store.accounts.userById(account.user.id))?.name).toBe(name)
      },
    )

    it('makes no account where there is none', async () => {
      const account = anAccount()
      const store = await open()
      expect(await store.accounts.updateUser(account.user.id, { name: 'Grace' })).toBeNull()
      expect(await everythingOf(store, account)).toEqual(NOTHING)
    })
  })

  describe(`${driver}: changing the password`, () => {
    function aChange({ session }: NewAccount, given: Partial<PasswordChange> = {}): PasswordChange {
      return {
        userId: session.userId,
        from: 1,
        passwordHash: 'new',
        keep: session.id,
        proven: null,
        now: NOW + 5,
        activity: anActivity({ type: 'password.changed' }),
        ...given,
      }
    }

    it('replaces the hash under the next version', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const credential = { userId: account.user.id, passwordHash: 'new', version: 2 }
      expect(await store.accounts.setPassword(aChange(account))).toEqual({ outcome: 'changed', ended: [] })
      expect(await store.accounts.credentialById(account.user.id)).toEqual(credential)
      expect(await store.accounts.credentialByEmail(account.address)).toEqual(credential)
      expect(await store.accounts.setPassword(aChange(account, { from: 2, passwordHash: 'newer' }))).toMatchObject({
        outcome: 'changed',
      })
      expect(await store.accounts.credentialById(account.user.id)).toMatchObject({ passwordHash: 'newer', version: 3 })
    })

    it('ends every session where none is to go on', async () => {
      const { store, account, other } = await openWithSessions()
      const changed = await store.accounts.setPassword(aChange(account, { keep: null }))
      expect('ended' in changed && changed.ended.sort()).toEqual([account.session.id, other.id].sort())
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'revoked' })
    })

    it.each([
      ['verifies the address that a mail proved', (account: NewAccount) => account.address, 1, true],
      ['leaves the address as it was where a mail went to another', () => `${anId()}@example.com`, 1, false],
      ['leaves the address as it was where no mail did', () => null, 1, false],
      ['verifies nothing when it is refused', (account: NewAccount) => account.address, 2, false],
    ])('%s', async (_, provenOf, from, emailVerified) => {
      const [account, other] = [anAccount(), anAccount()]
      const store = await openWith(account, other)
      await store.accounts.setPassword(aChange(account, { from, proven: provenOf(account) }))
      expect(await store.accounts.userById(account.user.id)).toEqual({ ...account.user, emailVerified })
      await store.accounts.setPassword(aChange(account, { from: 2, proven: other.address }))
      expect(await store.accounts.userById(other.user.id)).toEqual(other.user)
    })

    it('ends the other sessions and names those that were running, and the one that is kept goes on', async () => {
      const { store, account, other } = await openWithSessions()
      expect(await store.accounts.setPassword(aChange(account))).toEqual({ outcome: 'changed', ended: [other.id] })
      expect(await storedSession(store, other)).toEqual({ ...other, revokedAt: NOW + 5 })
      expect(await storedSession(store, account.session)).toEqual(account.session)
      expect(await store.sessions.advance(aRefresh(account))).toMatchObject({ outcome: 'advanced' })
    })

    it('opens no session any more for proof of the old password', async () => {
      const account = anAccount()
      const store = await openWith(account)
      await store.accounts.setPassword(aChange(account))
      const session = aSession({ userId: account.user.id })
      expect(await store.sessions.open(session, 1, anActivity())).toEqual({ outcome: 'refused' })
      expect(await store.sessions.open(session, 2, anActivity())).toMatchObject({ outcome: 'opened' })
    })

    it.each([0, 2])('changes nothing when another version was checked (%d)', async (from) => {
      const { store, account } = await openWithSessions()
      const before = await everythingOf(store, account)
      expect(await store.accounts.setPassword(aChange(account, { from }))).toEqual({ outcome: 'refused' })
      expect(await everythingOf(store, account)).toEqual(before)
    })

    it('sets no password where there is no account', async () => {
      const account = anAccount()
      const store = await open()
      expect(await store.accounts.setPassword(aChange(account))).toEqual({ outcome: 'refused' })
      expect(await everythingOf(store, account)).toEqual(NOTHING)
    })

    it('changes once when 20 changes from one version come at once', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const hashes = Array.from({ length: 20 }, (_, number) => `hash ${number}`)
      const outcomes = await Promise.all(
        hashes.map((passwordHash) => store.accounts.setPassword(aChange(account, { passwordHash }))),
      )
      expect(outcomes.filter(({ outcome }) => outcome === 'changed')).toHaveLength(1)
      expect(await store.accounts.credentialById(account.user.id)).toEqual({
        userId: account.user.id,
        passwordHash: hashes[outcomes.findIndex(({ outcome }) => outcome === 'changed')],
        version: 2,
      })
    })
  })

  describe(`${driver}: changing what an account may do`, () => {
    const anAdmin = (given: Partial<NewAccount['user']> = {}) =>
      anAccount({ user: { roles: ['user', 'admin'], ...given } })

    function aChange(target: NewAccount, by: NewAccount, given: Partial<AccessChange> = {}): AccessChange {
      return {
        userId: target.user.id,
        by: { userId: by.user.id, isNamed: false },
        now: NOW + 5,
        activity: anActivity({ type: 'roles.changed' }),
        ...given,
      }
    }

    it('sets roles, and leaves the rest of the account and its sessions alone', async () => {
      const [admin, account] = [anAdmin(), anAccount()]
      const store = await openWith(admin, account)
      const user = { ...account.user, roles: ['user', 'editor'] }
      expect(await store.accounts.setAccess(aChange(account, admin, { roles: ['user', 'editor'] }))).toEqual({
        outcome: 'changed',
        user,
        ended: [],
      })
      expect(await store.sessions.get(user.id, account.session.id)).toEqual({ user, session: account.session })
    })

    it('disables an account, ends all of its sessions and names those that were running', async () => {
      const { store, account, other } = await openWithSessions()
      const admin = anAdmin()
      await createAll(store, [admin])
      const changed = await store.accounts.setAccess(aChange(account, admin, { disabled: true }))
      expect(changed).toMatchObject({ outcome: 'changed', user: { ...account.user, disabled: true } })
      const ended = 'ended' in changed ? changed.ended : []
      expect(ended.sort()).toEqual([account.session.id, other.id].sort())
      for (const session of [account.session, other]) {
        expect(await storedSession(store, session)).toEqual({ ...session, revokedAt: NOW + 5 })
      }
    })

    it('enables an account, whose ended sessions stay ended', async () => {
      const [admin, account] = [anAdmin(), anAccount()]
      const store = await openWith(admin, account)
      await disable(store, account.user.id)
      expect(await store.accounts.setAccess(aChange(account, admin, { disabled: false }))).toEqual({
        outcome: 'changed',
        user: account.user,
        ended: [],
      })
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'revoked' })
      const session = aSession({ userId: account.user.id })
      expect(await store.sessions.open(session, 1, anActivity())).toMatchObject({ outcome: 'opened' })
    })

    it('sets roles and disables in one step', async () => {
      const [admin, account] = [anAdmin(), anAccount()]
      const store = await openWith(admin, account)
      expect(await store.accounts.setAccess(aChange(account, admin, { roles: [], disabled: true }))).toEqual({
        outcome: 'changed',
        user: { ...account.user, roles: [], disabled: true },
        ended: [account.session.id],
      })
    })

    it('lets an admin that the settings name make changes, whatever its roles', async () => {
      const [named, account] = [anAccount(), anAccount()]
      const store = await openWith(named, account)
      const by = { userId: named.user.id, isNamed: true }
      expect(await store.accounts.setAccess(aChange(account, named, { by, roles: ['admin'] }))).toMatchObject({
        outcome: 'changed',
        user: { roles: ['admin'] },
      })
    })

    it.each([
      ['a user', anAccount(), false],
      [
        'a user with a role that only looks like it',
        anAccount({ user: { roles: ['administrator', 'x-admin'] } }),
        false,
      ],
      ['a disabled admin', anAdmin({ disabled: true }), false],
      ['a disabled user that the settings name', anAccount({ user: { disabled: true } }), true],
    ])('refuses changes by %s, and changes nothing', async (_, by, isNamed) => {
      const account = anAccount()
      const store = await openWith(by, account)
      const before = await everythingOf(store, account)
      const change = { by: { userId: by.user.id, isNamed }, roles: ['admin'], disabled: true }
      expect(await store.accounts.setAccess(aChange(account, by, change))).toEqual({ outcome: 'refused' })
      expect(await everythingOf(store, account)).toEqual(before)
    })

    it.each([false, true])(
      'refuses changes by somebody who does not exist (named by the settings: %s)',
      async (isNamed) => {
        const account = anAccount()
        const store = await openWith(account)
        const by = { userId: anId(), isNamed }
        expect(await store.accounts.setAccess(aChange(account, account, { by, roles: [] }))).toEqual({
          outcome: 'refused',
        })
        expect(await store.accounts.userById(account.user.id)).toEqual(account.user)
      },
    )

    it('knows no account to change where there is none', async () => {
      const [admin, account] = [anAdmin(), anAccount()]
      const store = await openWith(admin)
      const change = aChange(account, admin, { roles: ['admin'], disabled: true })
      expect(await store.accounts.setAccess(change)).toEqual({ outcome: 'unknown' })
      expect(await everythingOf(store, account)).toEqual(NOTHING)
    })

    it.each([
      ['take the role from each other', { roles: ['user'] }],
      ['disable each other', { disabled: true }],
    ])('leaves an admin when two %s at once', async (_, given) => {
      for (let round = 0; round < 10; round++) {
        const [one, two] = [anAdmin(), anAdmin()]
        const store = await openWith(one, two)
        const outcomes = await Promise.all([
          store.accounts.setAccess(aChange(one, two, given)),
          store.accounts.setAccess(aChange(two, one, given)),
        ])
        expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['changed', 'refused'])
        const users = await Promise.all([one, two].map(({ user }) => store.accounts.userById(user.id)))
        expect(users.filter((user) => user?.roles.includes('admin') && !user.disabled)).toHaveLength(1)
      }
    })
  })

  describe(`${driver}: deleting an account`, () => {
    it('removes all of it, frees its address and names the sessions that were running', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const { id: userId } = account.user
      const other = aSession({ userId })
      const ended = [aSession({ userId, revokedAt: 1 }), aSession({ userId, expiresAt: 1 })]
      for (const session of [other, ...ended]) await store.sessions.open(session, 1, anActivity())

      const deleted = await store.accounts.delete(userId, account.address, 1)
      expect(deleted.outcome).toBe('deleted')
      expect('ended' in deleted && deleted.ended.sort()).toEqual([account.session.id, other.id].sort())
      expect(await everythingOf(store, account)).toEqual(NOTHING)
      expect(await store.sessions.get(userId, other.id)).toBeNull()
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'unknown' })

      const successor = anAccount({ address: account.address })
      expect(await store.accounts.create(successor)).toBe('created')
      expect(await store.accounts.credentialByEmail(account.address)).toMatchObject({ userId: successor.user.id })
      expect(await store.accounts.activity(successor.user.id)).toEqual([successor.activity])
    })

    it.each([0, 2])('removes nothing when another version was checked (%d)', async (version) => {
      const account = anAccount()
      const store = await openWith(account)
      const before = await everythingOf(store, account)
      expect(await store.accounts.delete(account.user.id, account.address, version)).toEqual({ outcome: 'refused' })
      expect(await everythingOf(store, account)).toEqual(before)
    })

    it('removes no admin before the role is taken away', async () => {
      const account = anAccount({ user: { roles: ['user', 'admin'] } })
      const store = await openWith(account)
      const before = await everythingOf(store, account)
      expect(await store.accounts.delete(account.user.id, account.address, 1)).toEqual({ outcome: 'refused' })
      expect(await everythingOf(store, account)).toEqual(before)
      await setAccess(store, account.user.id, { roles: ['administrator'] })
      expect(await store.accounts.delete(account.user.id, account.address, 1)).toMatchObject({ outcome: 'deleted' })
    })

    it('removes nothing where there is no account', async () => {
      const { user, address } = anAccount()
      const store = await open()
      expect(await store.accounts.delete(user.id, address, 1)).toEqual({ outcome: 'refused' })
    })

    it('leaves nothing to change, to open or to add to', async () => {
      const account = anAccount()
      const { session, activity } = account
      const { id: userId } = account.user
      const store = await openWith(account)
      await store.accounts.delete(userId, account.address, 1)
      expect(await store.accounts.updateUser(userId, { name: 'Grace' })).toBeNull()
      expect(await store.accounts.rehash(userId, account.passwordHash, 'new')).toBe(false)
      const change = { userId, from: 1, passwordHash: 'new', keep: session.id, proven: null, now: NOW, activity }
      expect(await store.accounts.setPassword(change)).toEqual({ outcome: 'refused' })
      expect(await store.sessions.open(aSession({ userId }), 1, activity)).toEqual({ outcome: 'refused' })
      expect(await store.sessions.revoke(userId, session.id, NOW)).toBe(false)
      expect(await store.sessions.revokeAll(userId, null, NOW, activity)).toEqual([])
      await store.accounts.appendActivity(userId, activity)
      expect(await everythingOf(store, account)).toEqual(NOTHING)
    })

    it('deletes once of 10 times at once', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const outcomes = await Promise.all(
        Array.from({ length: 10 }, () => store.accounts.delete(account.user.id, account.address, 1)),
      )
      expect(outcomes.filter(({ outcome }) => outcome === 'deleted')).toEqual([
        { outcome: 'deleted', ended: [account.session.id] },
      ])
    })

    it('leaves no session behind that is opened at the same time', async () => {
      for (let round = 0; round < 10; round++) {
        const account = anAccount()
        const store = await openWith(account)
        const openAnother = () => store.sessions.open(aSession({ userId: account.user.id }), 1, anActivity())
        const before = [openAnother(), openAnother()]
        const deleted = store.accounts.delete(account.user.id, account.address, 1)
        await Promise.all([...before, openAnother(), openAnother()])
        expect(await deleted).toMatchObject({ outcome: 'deleted' })
        expect(await everythingOf(store, account)).toEqual(NOTHING)
      }
    })

    it('gives the address to one account when it is signed up with again at the same time', async () => {
      const account = anAccount()
      const store = await openWith(account)
      const successors = Array.from({ length: 10 }, () => anAccount({ address: account.address }))
      const [, ...outcomes] = await Promise.all([
        store.accounts.delete(account.user.id, account.address, 1),
        ...successors.map((successor) => store.accounts.create(successor)),
      ])
      const created = outcomes.filter((outcome) => outcome === 'created')
      expect(created.length).toBeLessThanOrEqual(1)
      const owner = await store.accounts.credentialByEmail(account.address)
      expect(owner?.userId).toBe(successors[outcomes.indexOf('created')]?.user.id)
    })
  })

  describe(`${driver}: ending sessions of an account`, () => {
    it('ends every session but one, and names those that were running', async () => {
      const { store, account, other } = await openWithSessions()
      const { userId, id } = account.session
      expect(await store.sessions.revokeAll(userId, id, NOW + 5, anActivity())).toEqual([other.id])
      expect(await storedSession(store, other)).toEqual({ ...other, revokedAt: NOW + 5 })
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it('ends every session', async () => {
      const { store, account, other } = await openWithSessions()
      const ended = await store.sessions.revokeAll(account.user.id, null, NOW + 5, anActivity())
      expect(ended.sort()).toEqual([account.session.id, other.id].sort())
      for (const session of [account.session, other]) {
        expect(await storedSession(store, session)).toEqual({ ...session, revokedAt: NOW + 5 })
      }
    })

    it('names sessions once more that it ended just before: the answer that named them may have been lost', async () => {
      const { store, account, other } = await openWithSessions()
      const end = (now: number) => store.sessions.revokeAll(account.user.id, null, now, anActivity())
      const first = await end(NOW + 5)
      expect((await end(NOW + 5 + 119)).sort()).toEqual(first.sort())
      expect(await end(NOW + 5 + 120)).toEqual([])
      expect(await storedSession(store, other)).toEqual({ ...other, revokedAt: NOW + 5 })
    })

    it('ends no session that was logged out before, and none of another user', async () => {
      const account = anAccount({ session: { revokedAt: NOW - 3_600 } })
      const other = anAccount()
      const store = await openWith(account, other)
      expect(await store.sessions.revokeAll(account.user.id, null, NOW, anActivity())).toEqual([])
      expect(await storedSession(store, account.session)).toEqual(account.session)
      expect(await storedSession(store, other.session)).toEqual(other.session)
    })

    it('ends nothing where there is no account', async () => {
      const account = anAccount()
      const store = await open()
      expect(await store.sessions.revokeAll(account.user.id, null, NOW, anActivity())).toEqual([])
      expect(await everythingOf(store, account)).toEqual(NOTHING)
    })

    it('tells whether the user has the session that it is to end', async () => {
      const [account, other] = [anAccount(), anAccount()]
      const store = await openWith(account, other)
      const { userId, id } = account.session
      expect(await store.sessions.revoke(userId, anId(), NOW)).toBe(false)
      expect(await store.sessions.revoke(userId, other.session.id, NOW)).toBe(false)
      expect(await store.sessions.revoke(anId(), id, NOW)).toBe(false)
      expect(await store.sessions.revoke(userId, id, NOW)).toBe(true)
      expect(await store.sessions.revoke(userId, id, NOW + 1)).toBe(true)
    })
  })
}
