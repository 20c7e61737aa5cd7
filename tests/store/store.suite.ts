import { describe, expect, it } from 'vitest'
import type { NewAccount, Session, Store } from '../../lib/store/contract.ts'
import { anAccount, anActivity, anId, aRefresh, aSession, NOW } from '../support/builders.ts'
import { describeAccounts } from './accounts.suite.ts'
import { describeActivity } from './activity.suite.ts'
import { describeAddresses } from './addresses.suite.ts'
import { describeLinks } from './links.suite.ts'
import { describeListing } from './listing.suite.ts'
import { disable, storedSession } from './steps.ts'

export interface StoreUnderTest {
  store: Store
}

/** The rules of `lib/store/contract.ts`, for each driver. */
export function describeStore(driver: string, open: () => Promise<StoreUnderTest>): void {
  /** A store with one account in it. */
  async function openWith(account: NewAccount): Promise<StoreUnderTest> {
    const opened = await open()
    expect(await opened.store.accounts.create(account)).toBe('created')
    return opened
  }

  const openStore = async () => (await open()).store
  describeAccounts(driver, openStore)
  describeAddresses(driver, openStore)
  describeActivity(driver, openStore)
  describeLinks(driver, openStore)
  describeListing(driver, openStore)

  describe(`${driver}: accounts`, () => {
    it('creates an account with its credential and its first session', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      expect(await store.accounts.credentialByEmail(account.address)).toEqual({
        userId: account.user.id,
        passwordHash: account.passwordHash,
        version: 1,
      })
      expect(await store.sessions.get(account.user.id, account.session.id)).toEqual({
        session: account.session,
        user: account.user,
      })
    })

    it('refuses an address that has an owner, and creates nothing', async () => {
      const first = anAccount()
      const second = anAccount({ address: first.address })
      const { store } = await openWith(first)
      expect(await store.accounts.create(second)).toBe('email_taken')
      expect(await store.sessions.get(second.user.id, second.session.id)).toBeNull()
      expect(await store.sessions.open(aSession({ userId: second.user.id }), 1, anActivity())).toEqual({
        outcome: 'refused',
      })
      expect((await store.accounts.credentialByEmail(first.address))?.userId).toBe(first.user.id)
    })

    it('creates one account of 30 that ask for one address at once, and it can log in', async () => {
      const { store } = await open()
      const address = `${anId()}@example.com`
      const accounts = Array.from({ length: 30 }, () => anAccount({ address, passwordHash: `hash of ${anId()}` }))
      const outcomes = await Promise.all(accounts.map((account) => store.accounts.create(account)))
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome === 'email_taken')).toHaveLength(29)

      const owner = accounts[outcomes.indexOf('created')]
      expect(await store.accounts.credentialByEmail(address)).toEqual({
        userId: owner?.user.id,
        passwordHash: owner?.passwordHash,
        version: 1,
      })
      expect(await store.sessions.open(aSession({ userId: owner?.user.id }), 1, anActivity())).toMatchObject({
        outcome: 'opened',
      })
    })

    it('knows no credential for an address without an owner', async () => {
      const { store } = await open()
      expect(await store.accounts.credentialByEmail(`${anId()}@example.com`)).toBeNull()
    })

    it('replaces a hash only while it is the one that was checked, and keeps version and sessions', async () => {
      const account = anAccount({ passwordHash: 'old' })
      const { store } = await openWith(account)
      expect(await store.accounts.rehash(account.user.id, 'other', 'new')).toBe(false)
      expect(await store.accounts.rehash(account.user.id, 'old', 'new')).toBe(true)
      expect(await store.accounts.rehash(account.user.id, 'old', 'newer')).toBe(false)
      expect(await store.accounts.credentialByEmail(account.address)).toEqual({
        userId: account.user.id,
        passwordHash: 'new',
        version: 1,
      })
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it('rehashes nothing for a user that does not exist', async () => {
      const { store } = await open()
      expect(await store.accounts.rehash(anId(), '', 'new')).toBe(false)
    })
  })

  describe(`${driver}: values come back equal`, () => {
    it.each([
      ['no name and no roles', { name: null, roles: [] }],
      ['a name of digits', { name: '12345', roles: ['1', 'admin'] }],
      ['a name that looks like JSON', { name: '{"disabled":true}', email: '"null"@example.com' }],
      ['a name of half a character', { name: 'half \ud83d' }],
      ['an empty name, a verified address', { name: '', emailVerified: true }],
    ])('a user with %s', async (_, given) => {
      const account = anAccount({ user: given })
      const { store } = await openWith(account)
      const { id: userId } = account.user
      expect((await store.sessions.get(userId, account.session.id))?.user).toEqual(account.user)
      expect(await store.sessions.open(aSession({ userId }), 1, anActivity())).toEqual({
        outcome: 'opened',
        user: account.user,
      })
      expect(await store.sessions.advance(aRefresh(account))).toMatchObject({ user: account.user })
    })

    it.each([
      ['Unicode in its user agent', { userAgent: 'Läufer/1.0 (日本語; 🦊)' }],
      ['half a character in its user agent, as cutting it to length leaves it', { userAgent: 'Fox \ud83e' }],
      ['control characters in its user agent', { userAgent: 'a\u0000b\u007f\n\\/"' }],
      ['a user agent that looks like JSON', { userAgent: '{"revokedAt":1,"current":[]}' }],
      ['neither user agent nor address', { userAgent: '', ip: '' }],
      ['an IPv6 address, remembered', { ip: '2001:db8::1', remember: true }],
    ])('a session with %s, also after it was renewed', async (_, given) => {
      const account = anAccount({ session: given })
      const { store } = await openWith(account)
      expect(await storedSession(store, account.session)).toEqual(account.session)
      await store.sessions.advance(aRefresh(account))
      expect(await storedSession(store, account.session)).toMatchObject(given)
    })
  })

  describe(`${driver}: opening a session`, () => {
    it('gives an account another session, and leaves the ones it has alone', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const second = aSession({ userId: account.user.id, createdAt: NOW + 1, advancedAt: NOW + 1 })
      expect(await store.sessions.open(second, 1, anActivity())).toEqual({ outcome: 'opened', user: account.user })
      expect(await storedSession(store, second)).toEqual(second)
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it('refuses an unknown user', async () => {
      const { store } = await open()
      const session = aSession()
      expect(await store.sessions.open(session, 1, anActivity())).toEqual({ outcome: 'refused' })
      expect(await storedSession(store, session)).toBeUndefined()
    })

    it('refuses a disabled user', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      await disable(store, account.user.id)
      const session = aSession({ userId: account.user.id })
      expect(await store.sessions.open(session, 1, anActivity())).toEqual({ outcome: 'refused' })
      expect(await storedSession(store, session)).toBeUndefined()
    })

    it.each([0, 2])('refuses proof of a password of another version (%d)', async (version) => {
      const account = anAccount()
      const { store } = await openWith(account)
      const session = aSession({ userId: account.user.id })
      expect(await store.sessions.open(session, version, anActivity())).toEqual({ outcome: 'refused' })
      expect(await storedSession(store, session)).toBeUndefined()
    })

    /** An account with 50 sessions, number 0 the oldest. */
    async function openFull(
      given: (number: number) => Partial<Session>,
    ): Promise<{ store: Store; sessions: Session[] }> {
      const account = anAccount({ session: { createdAt: NOW - 50, ...given(0) } })
      const { store } = await openWith(account)
      const others = Array.from({ length: 49 }, (_, i) =>
        aSession({ userId: account.user.id, createdAt: NOW - 49 + i, ...given(i + 1) }),
      )
      for (const session of others) expect((await store.sessions.open(session, 1, anActivity())).outcome).toBe('opened')
      return { store, sessions: [account.session, ...others] }
    }

    async function missing(store: Store, sessions: Session[]): Promise<number[]> {
      const stored = await Promise.all(sessions.map((session) => storedSession(store, session)))
      return stored.flatMap((session, number) => (session ? [] : [number]))
    }

    it('drops the oldest session when there would be more than 50', async () => {
      const { store, sessions } = await openFull(() => ({}))
      expect(await missing(store, sessions)).toEqual([])
      const userId = sessions[0]?.userId
      await store.sessions.open(aSession({ userId }), 1, anActivity())
      expect(await missing(store, sessions)).toEqual([0])
      await store.sessions.open(aSession({ userId, createdAt: NOW + 1 }), 1, anActivity())
      expect(await missing(store, sessions)).toEqual([0, 1])
    })

    it('never drops the session that is opened, even when all are of one second', async () => {
      const { store, sessions } = await openFull(() => ({ createdAt: NOW }))
      const session = aSession({ userId: sessions[0]?.userId })
      await store.sessions.open(session, 1, anActivity())
      expect(await storedSession(store, session)).toEqual(session)
      expect(await missing(store, sessions)).toHaveLength(1)
    })

    it('drops an expired session before an older one that is alive', async () => {
      const { store, sessions } = await openFull((number) => (number === 20 ? { expiresAt: NOW } : {}))
      await store.sessions.open(aSession({ userId: sessions[0]?.userId }), 1, anActivity())
      expect(await missing(store, sessions)).toEqual([20])
    })

    it('drops sessions that ran out a day ago, however few there are', async () => {
      const ages = [86_399, 86_400, 10 * 86_400]
      const account = anAccount()
      const { store } = await openWith(account)
      const { id: userId } = account.user
      const old = ages.map((age) => aSession({ userId, createdAt: NOW - 20 * 86_400, expiresAt: NOW - age }))
      for (const session of old) await store.sessions.open(session, 1, anActivity())
      await store.sessions.open(aSession({ userId }), 1, anActivity())
      expect(await missing(store, [account.session, ...old])).toEqual([2, 3])
    })

    it('drops a session that was logged out before an older one that is alive', async () => {
      const { store, sessions } = await openFull((number) => (number === 30 ? { revokedAt: NOW - 1 } : {}))
      await store.sessions.open(aSession({ userId: sessions[0]?.userId }), 1, anActivity())
      expect(await missing(store, sessions)).toEqual([30])
    })
  })

  describe(`${driver}: presenting a refresh token`, () => {
    /** A session in the middle of its life: the newest token is 8, it came from 5, and 6 and 7 were superseded. */
    const MIDDLE = { parent: 5, current: 8, advancedAt: NOW - 600 }

    it('gives the successor for the newest token', async () => {
      const account = anAccount({ session: MIDDLE })
      const { store } = await openWith(account)
      const session = {
        ...account.session,
        parent: 8,
        current: 9,
        advancedAt: NOW,
        refreshes: { window: Math.floor(NOW / 60), current: 1, previous: 0 },
      }
      expect(await store.sessions.advance(aRefresh(account, { presented: 8 }))).toEqual({
        outcome: 'advanced',
        session,
        user: account.user,
      })
      expect(await storedSession(store, account.session)).toEqual(session)
    })

    it('goes on from a newer token than it knows of: the store has lost a write', async () => {
      const account = anAccount({ session: MIDDLE })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account, { presented: 12 }))).toMatchObject({
        outcome: 'advanced',
        session: { parent: 12, current: 13, advancedAt: NOW },
      })
      expect(await storedSession(store, account.session)).toMatchObject({ parent: 12, current: 13, advancedAt: NOW })
    })

    it('gives the same successor again for the predecessor, to the last second of the grace', async () => {
      const account = anAccount({ session: { ...MIDDLE, advancedAt: NOW - 30 } })
      const { store } = await openWith(account)
      const { refreshes: _, ...unchanged } = account.session
      expect(await store.sessions.advance(aRefresh(account, { presented: 5 }))).toMatchObject({
        outcome: 'repeated',
        session: unchanged,
        user: account.user,
      })
      expect(await storedSession(store, account.session)).toMatchObject(unchanged)
    })

    it('gives a new successor for the predecessor after the grace, and the superseded one ends the session', async () => {
      const account = anAccount({ session: { ...MIDDLE, advancedAt: NOW - 31 } })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account, { presented: 5 }))).toMatchObject({
        outcome: 'reissued',
        session: { parent: 5, current: 9, advancedAt: NOW },
        user: account.user,
      })
      expect(await store.sessions.advance(aRefresh(account, { presented: 8 }))).toEqual({ outcome: 'reused' })
      expect(await store.sessions.advance(aRefresh(account, { presented: 9 }))).toEqual({ outcome: 'revoked' })
    })

    it('measures the grace by fractions of a second: a grace of one lasts one', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const at = NOW + 0.875
      const present = (presented: number, now: number) =>
        store.sessions.advance(aRefresh(account, { presented, now, grace: 1 }))
      expect(await present(1, at)).toMatchObject({ outcome: 'advanced', session: { advancedAt: at } })
      expect(await storedSession(store, account.session)).toMatchObject({ advancedAt: at })
      expect(await present(1, at + 0.875)).toMatchObject({ outcome: 'repeated', session: { current: 2 } })
      expect(await present(1, at + 1.125)).toMatchObject({ outcome: 'reissued', session: { current: 3 } })
    })

    it('measures the grace from the last successor, however often one was given', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const present = (presented: number, now: number) => store.sessions.advance(aRefresh(account, { presented, now }))
      expect(await present(1, NOW)).toMatchObject({ outcome: 'advanced', session: { current: 2 } })
      expect(await present(1, NOW + 31)).toMatchObject({ outcome: 'reissued', session: { current: 3 } })
      expect(await present(1, NOW + 61)).toMatchObject({ outcome: 'repeated', session: { current: 3 } })
      expect(await present(1, NOW + 62)).toMatchObject({ outcome: 'reissued', session: { current: 4 } })
      expect(await present(4, NOW + 62)).toMatchObject({ outcome: 'advanced', session: { parent: 4, current: 5 } })
    })

    it.each([
      ['spent', 4],
      ['superseded', 6],
      ['superseded last', 7],
    ])('ends the session when a %s token is presented, for both who hold it', async (_, presented) => {
      const account = anAccount({ session: { ...MIDDLE, advancedAt: NOW } })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account, { presented }))).toEqual({ outcome: 'reused' })
      expect(await storedSession(store, account.session)).toMatchObject({ revokedAt: NOW, parent: 5, current: 8 })
      for (const held of [presented, 5, 8, 9]) {
        expect(await store.sessions.advance(aRefresh(account, { presented: held }))).toEqual({ outcome: 'revoked' })
      }
    })

    it('gives 50 that present one token at once one same successor', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const answers = await Promise.all(Array.from({ length: 50 }, () => store.sessions.advance(aRefresh(account))))
      expect(answers.filter(({ outcome }) => outcome === 'advanced')).toHaveLength(1)
      expect(answers.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(49)
      for (const answer of answers) expect(answer).toMatchObject({ session: { current: 2 }, user: account.user })
    })

    it('knows no session of an unknown user, no unknown session, and no session of another user', async () => {
      const account = anAccount()
      const other = anAccount()
      const { store } = await openWith(account)
      await store.accounts.create(other)
      const unknown = { outcome: 'unknown' }
      expect(await store.sessions.advance(aRefresh(anAccount()))).toEqual(unknown)
      expect(await store.sessions.advance(aRefresh(account, { sessionId: anId() }))).toEqual(unknown)
      expect(await store.sessions.advance(aRefresh(account, { userId: other.user.id }))).toEqual(unknown)
    })

    it('knows no session of a disabled user, whatever its state', async () => {
      const account = anAccount({ session: { revokedAt: NOW - 1 } })
      const { store } = await openWith(account)
      await disable(store, account.user.id)
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'unknown' })
    })

    it.each([
      ['one second before its end', { expiresAt: NOW + 1 }, 'advanced'],
      ['at its end', { expiresAt: NOW }, 'expired'],
      ['after its end', { expiresAt: NOW - 1 }, 'expired'],
      ['unused for one second less than allowed', { advancedAt: NOW - 999 }, 'advanced'],
      ['unused for as long as allowed', { advancedAt: NOW - 1_000 }, 'expired'],
    ])('finds a session %s as it should', async (_, given, outcome) => {
      const account = anAccount({ session: given })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account, { idle: 1_000 }))).toMatchObject({ outcome })
    })

    it('changes nothing in an expired session, not even for a spent token', async () => {
      const account = anAccount({ session: { ...MIDDLE, expiresAt: NOW } })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account, { presented: 3 }))).toEqual({ outcome: 'expired' })
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it('says revoked of a session that has also expired', async () => {
      const account = anAccount({ session: { revokedAt: NOW - 9, expiresAt: NOW - 5 } })
      const { store } = await openWith(account)
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'revoked' })
    })
  })

  describe(`${driver}: presenting refresh tokens too often`, () => {
    const LIMIT = { limit: 10, window: 60 }
    /** The current window began 15 seconds ago, so three quarters of the previous one count. */
    const WINDOW = 66_666_666
    const IN_WINDOW = WINDOW * 60 + 15

    it('changes nothing in the session, not even for a spent token, and says when the window ends', async () => {
      const account = anAccount({ session: { refreshes: { window: WINDOW, current: 10, previous: 0 } } })
      const { store } = await openWith(account)
      for (const presented of [1, 0, -1, 7]) {
        const request = aRefresh(account, { presented, now: IN_WINDOW, limit: LIMIT })
        expect(await store.sessions.advance(request)).toEqual({ outcome: 'limited', resetAt: (WINDOW + 1) * 60 })
      }
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it.each([
      ['this window', { window: WINDOW, current: 9, previous: 0 }, { window: WINDOW, current: 10, previous: 0 }],
      // ⌊0.75 × 7⌋ = 5
      [
        'this window and the last',
        { window: WINDOW, current: 4, previous: 7 },
        { window: WINDOW, current: 5, previous: 7 },
      ],
      [
        'the last window',
        { window: WINDOW - 1, current: 13, previous: 99 },
        { window: WINDOW, current: 1, previous: 13 },
      ],
      ['older windows', { window: WINDOW - 2, current: 99, previous: 99 }, { window: WINDOW, current: 1, previous: 0 }],
      [
        'windows of another length',
        { window: WINDOW * 60, current: 99, previous: 99 },
        { window: WINDOW, current: 1, previous: 0 },
      ],
    ])('counts what was presented in %s, and lets the last one through', async (_, before, after) => {
      const account = anAccount({ session: { refreshes: before } })
      const { store } = await openWith(account)
      const request = aRefresh(account, { now: IN_WINDOW, limit: LIMIT })
      expect(await store.sessions.advance(request)).toMatchObject({
        outcome: 'advanced',
        session: { refreshes: after },
      })
      expect(await storedSession(store, account.session)).toMatchObject({ refreshes: after })
    })

    it('lets a client through that waits as it was told, and a moment', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const limit = { limit: 3, window: 5 }
      const begin = Math.floor(NOW / 5) * 5
      const present = (now: number) =>
        store.sessions.advance(aRefresh(account, { presented: 1, now, limit, grace: 60 }))
      for (let i = 0; i < 3; i++) await present(begin + 4.5)
      const limited = await present(begin + 4.5)
      expect(limited).toEqual({ outcome: 'limited', resetAt: begin + 5 })
      expect(await present(begin + 5 + 0.125)).toMatchObject({ outcome: 'repeated' })
      expect(await present(begin + 5 + 0.125), 'of the three before, nearly all still count').toMatchObject({
        outcome: 'limited',
      })
    })

    it.each([
      ['this window', { window: WINDOW, current: 10, previous: 0 }],
      ['this window and the last', { window: WINDOW, current: 5, previous: 7 }],
      ['the last window', { window: WINDOW - 1, current: 14, previous: 0 }],
    ])('refuses one more than the limit in %s', async (_, refreshes) => {
      const account = anAccount({ session: { refreshes } })
      const { store } = await openWith(account)
      const request = aRefresh(account, { now: IN_WINDOW, limit: LIMIT })
      expect(await store.sessions.advance(request)).toMatchObject({ outcome: 'limited' })
    })

    it('counts repeated presentations too', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const request = aRefresh(account, { now: IN_WINDOW, limit: LIMIT })
      const answers = await Promise.all(Array.from({ length: 15 }, () => store.sessions.advance(request)))
      expect(answers.filter(({ outcome }) => outcome === 'repeated')).toHaveLength(9)
      expect(answers.filter(({ outcome }) => outcome === 'limited')).toHaveLength(5)
      const later = aRefresh(account, { presented: 2, now: IN_WINDOW + 60, limit: LIMIT })
      expect(await store.sessions.advance(later)).toMatchObject({ outcome: 'advanced' })
    })
  })

  describe(`${driver}: ending and reading a session`, () => {
    it('ends a session, and the others go on', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const other = aSession({ userId: account.user.id })
      await store.sessions.open(other, 1, anActivity())
      await store.sessions.revoke(account.user.id, account.session.id, NOW + 5)
      expect(await storedSession(store, account.session)).toEqual({ ...account.session, revokedAt: NOW + 5 })
      expect(await store.sessions.advance(aRefresh(account))).toEqual({ outcome: 'revoked' })
      expect(await store.sessions.advance(aRefresh({ session: other }))).toMatchObject({ outcome: 'advanced' })
    })

    it('changes nothing when it ends a session again', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      await store.sessions.revoke(account.user.id, account.session.id, NOW + 5)
      await store.sessions.revoke(account.user.id, account.session.id, NOW + 9)
      expect(await storedSession(store, account.session)).toMatchObject({ revokedAt: NOW + 5 })
    })

    it('changes nothing when it ends a session that never was', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      const sessionId = anId()
      await store.sessions.revoke(account.user.id, sessionId, NOW)
      await store.sessions.revoke(anId(), account.session.id, NOW)
      expect(await store.sessions.get(account.user.id, sessionId)).toBeNull()
      expect(await storedSession(store, account.session)).toEqual(account.session)
    })

    it('reads a session whatever its state, and its user though disabled', async () => {
      const account = anAccount({ session: { revokedAt: NOW - 9, expiresAt: NOW - 5 } })
      const { store } = await openWith(account)
      await disable(store, account.user.id)
      expect(await store.sessions.get(account.user.id, account.session.id)).toEqual({
        session: account.session,
        user: { ...account.user, disabled: true },
      })
    })

    it('reads nothing of an unknown session or user', async () => {
      const account = anAccount()
      const { store } = await openWith(account)
      expect(await store.sessions.get(account.user.id, anId())).toBeNull()
      expect(await store.sessions.get(anId(), account.session.id)).toBeNull()
    })
  })

  describe(`${driver}: as a service`, () => {
    it('answers a ping, with a version where its code is ours', async () => {
      const { store } = await open()
      expect(await store.ping()).toBe(store.kind === 'redis' ? null : 'unknown') // as nobody told it here
    })

    it('takes names of any length from a stranger', async () => {
      const { store } = await open()
      const long = 'ä'.repeat(10_000)
      expect(await store.accounts.credentialByEmail(`${long}@example.com`)).toBeNull()
      expect(await store.accounts.userById(long)).toBeNull()
      expect(await store.accounts.page({ prefix: long, after: null, limit: 10 })).toEqual({ users: [], next: null })
      expect(await store.sessions.get(long, anId())).toBeNull()
      expect(await store.sessions.revoke(long, anId(), NOW)).toBe(false)
      expect(await store.sessions.advance(aRefresh(anAccount(), { userId: long }))).toEqual({ outcome: 'unknown' })
    })
  })
}
