import { describe, expect, it } from 'vitest'
import type { Activity, NewAccount, Store } from '../../lib/store/contract.ts'
import { anAccount, anActivity, aRefresh, aSession, NOW } from '../support/builders.ts'
import { createAll } from './steps.ts'

/** What an account remembers for its owner to read, for each driver. */
export function describeActivity(driver: string, open: () => Promise<Store>): void {
  async function openWith(account: NewAccount): Promise<Store> {
    const store = await open()
    await createAll(store, [account])
    return store
  }

  const aRefusal = (given: Partial<Activity> = {}) => anActivity({ type: 'login.failed', ...given })

  describe(`${driver}: activity`, () => {
    it('remembers each step with the step itself, the newest first', async () => {
      const account = anAccount({
        user: { roles: ['admin'] },
        activity: anActivity({ type: 'account.created', at: NOW }),
      })
      const { userId, id: keep } = account.session
      const store = await openWith(account)
      const entries = {
        login: anActivity({ at: NOW + 1 }),
        password: anActivity({ type: 'password.changed', at: NOW + 2 }),
        roles: anActivity({ type: 'roles.changed', at: NOW + 3 }),
        sessions: anActivity({ type: 'sessions.ended', at: NOW + 4, ip: '', userAgent: '' }),
      }
      await store.sessions.open(aSession({ userId }), 1, entries.login)
      await store.accounts.setPassword({
        userId,
        from: 1,
        passwordHash: 'new',
        keep,
        proven: null,
        now: NOW,
        activity: entries.password,
      })
      await store.accounts.setAccess({ userId, by: { userId, isNamed: false }, now: NOW, activity: entries.roles })
      await store.sessions.revokeAll(userId, null, NOW, entries.sessions)
      expect(await store.accounts.activity(userId)).toEqual([
        entries.sessions,
        entries.roles,
        entries.password,
        entries.login,
        account.activity,
      ])
    })

    it('remembers each log-in by itself, also of one device', async () => {
      const account = anAccount()
      const { userId } = account.session
      const store = await openWith(account)
      for (let i = 0; i < 3; i++) await store.sessions.open(aSession({ userId }), 1, anActivity())
      expect(await store.accounts.activity(userId)).toEqual([
        anActivity(),
        anActivity(),
        anActivity(),
        account.activity,
      ])
    })

    it('remembers that a token was used twice, once', async () => {
      const account = anAccount({ session: { parent: 5, current: 8 } })
      const store = await openWith(account)
      const activity = anActivity({ type: 'session.reused', at: NOW + 7, ip: '198.51.100.1' })
      for (const presented of [8, 8, 3, 3]) await store.sessions.advance(aRefresh(account, { presented, activity }))
      expect(await store.accounts.activity(account.user.id)).toEqual([activity, account.activity])
    })

    it('remembers nothing of what was refused', async () => {
      const account = anAccount()
      const { userId, id } = account.session
      const store = await openWith(account)
      const activity = anActivity({ type: 'password.changed' })
      await store.accounts.create({ ...anAccount({ address: account.address }), activity })
      await store.sessions.open(aSession({ userId }), 2, activity)
      await store.accounts.setPassword({
        userId,
        from: 2,
        passwordHash: 'new',
        keep: id,
        proven: null,
        now: NOW,
        activity,
      })
      await store.accounts.setAccess({ userId, by: { userId, isNamed: false }, now: NOW, activity })
      await store.accounts.delete(userId, account.address, 2)
      expect(await store.accounts.activity(userId)).toEqual([account.activity])
    })

    it('counts what is added of one type in a row, and shows the last of it', async () => {
      const account = anAccount()
      const { userId } = account.session
      const store = await openWith(account)
      await store.accounts.appendActivity(userId, aRefusal())
      await store.accounts.appendActivity(userId, aRefusal({ at: NOW + 1, count: 12 }))
      const last = { at: NOW + 2, ip: '2001:db8::1', userAgent: 'curl/8' }
      await store.accounts.appendActivity(userId, aRefusal(last))
      expect(await store.accounts.activity(userId)).toEqual([aRefusal({ ...last, count: 14 }), account.activity])
    })

    it('begins to count again after something else', async () => {
      const account = anAccount()
      const { userId } = account.session
      const store = await openWith(account)
      await store.accounts.appendActivity(userId, aRefusal({ count: 5 }))
      await store.sessions.open(aSession({ userId }), 1, anActivity())
      await store.accounts.appendActivity(userId, aRefusal())
      expect(await store.accounts.activity(userId)).toEqual([
        aRefusal(),
        anActivity(),
        aRefusal({ count: 5 }),
        account.activity,
      ])
    })

    it('loses none of 20 that are added at once', async () => {
      const account = anAccount()
      const store = await openWith(account)
      await Promise.all(Array.from({ length: 20 }, () => store.accounts.appendActivity(account.user.id, aRefusal())))
      expect(await store.accounts.activity(account.user.id)).toEqual([aRefusal({ count: 20 }), account.activity])
    })

    it('keeps the last 50', async () => {
      const account = anAccount()
      const { userId } = account.session
      const store = await openWith(account)
      const added = Array.from({ length: 30 }, (_, i) => {
        const at = NOW + i
        return { login: anActivity({ at }), refusal: aRefusal({ at }) }
      })
      for (const { login, refusal } of added) {
        await store.sessions.open(aSession({ userId }), 1, login)
        await store.accounts.appendActivity(userId, refusal)
      }
      const newestFirst = added.flatMap(({ login, refusal }) => [login, refusal]).reverse()
      expect(await store.accounts.activity(userId)).toEqual(newestFirst.slice(0, 50))
    })

    it('adds nothing where there is no account', async () => {
      const { user } = anAccount()
      const store = await open()
      await store.accounts.appendActivity(user.id, aRefusal())
      expect(await store.accounts.activity(user.id)).toEqual([])
    })

    it.each([
      ['Unicode', 'Läufer/1.0 (日本語; 🦊)'],
      ['half a character', 'Fox \ud83e'],
      ['control characters', 'a\u0000b\u007f\n\u2028\\/"'],
      ['what looks like an entry', 'login.failed 7 {"at":1}\nlogin.failed 9 {}'],
      ['what looks like a format', '%s %d %% %1'],
      ['nothing', ''],
    ])('takes a user agent of %s as it is', async (_, userAgent) => {
      const account = anAccount({ activity: anActivity({ type: 'account.created', userAgent }) })
      const { userId } = account.session
      const store = await openWith(account)
      await store.accounts.appendActivity(userId, aRefusal({ userAgent }))
      await store.accounts.appendActivity(userId, aRefusal({ userAgent }))
      await store.sessions.open(aSession({ userId }), 1, anActivity({ userAgent }))
      expect(await store.accounts.activity(userId)).toEqual([
        anActivity({ userAgent }),
        aRefusal({ userAgent, count: 2 }),
        account.activity,
      ])
    })
  })
}
