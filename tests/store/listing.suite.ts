import { describe, expect, it } from 'vitest'
import type { NewAccount, Position, Store, User } from '../../lib/store/contract.ts'
import { anAccount, anActivity, anId, aSession, NOW } from '../support/builders.ts'
import { createAll, disable, setAccess } from './steps.ts'

/** How accounts are listed, for each driver. An index may be some seconds late, so what has changed is waited for. */
export function describeListing(driver: string, open: () => Promise<Store>): void {
  /** A word that no other account is found by, as tests share a database. */
  const aWord = () => `w${anId().replaceAll('-', '')}`

  /** An account whose address is the one that it shows. */
  function anAccountAt(email: string, user: Partial<User> = {}): NewAccount {
    return anAccount({ user: { email, name: null, ...user } })
  }

  async function openWith(...accounts: NewAccount[]): Promise<Store> {
    const store = await open()
    await createAll(store, accounts)
    return store
  }

  /** The pages from `after` on, as one list. */
  async function listAll(
    store: Store,
    prefix: string,
    limit = 100,
    { after = null, most = Number.POSITIVE_INFINITY }: { after?: Position | null; most?: number } = {},
  ): Promise<User[]> {
    const users: User[] = []
    let next = after
    do {
      const page = await store.accounts.page({ prefix, after: next, limit })
      expect(page.users.length).toBeLessThanOrEqual(limit)
      if (page.next) expect(page.users).toHaveLength(limit)
      if (next) expect(page.users, 'a next page').not.toEqual([])
      users.push(...page.users)
      next = page.next
    } while (next && users.length < most)
    return users
  }

  function expectListed(store: Store, prefix: string, limit?: number) {
    return expect.poll(() => listAll(store, prefix, limit), { timeout: 20_000, interval: 200 })
  }

  const usersOf = (accounts: NewAccount[]) => accounts.map(({ user }) => user)

  describe(`${driver}: finding accounts`, () => {
    it('finds an account by the beginning of its address, of its domain and of each word of its name', async () => {
      const [local, domain, first, last] = [aWord(), aWord(), aWord(), aWord()]
      const account = anAccountAt(`${local}@${domain}.example`, { name: `${first} ${last}` })
      const store = await openWith(account, anAccountAt(`${aWord()}@${aWord()}.example`))
      for (const text of [`${local}@${domain}.example`, `@${domain}.example`, first, last]) {
        await expectListed(store, text).toEqual([account.user])
        expect(await listAll(store, text.slice(0, -1))).toEqual([account.user])
        expect(await listAll(store, `${text}0`)).toEqual([])
        expect(await listAll(store, text.slice(1))).toEqual([])
      }
    })

    it('finds what is written in capitals or in another Unicode form', async () => {
      const [local, word] = [aWord(), aWord()]
      const account = anAccountAt(`${local.toUpperCase()}@example.com`, { name: `${word.toUpperCase()}É` })
      const store = await openWith(account)
      await expectListed(store, local).toEqual([account.user])
      await expectListed(store, `${word}é`).toEqual([account.user])
    })

    it('takes every character of the prefix for itself', async () => {
      const word = aWord()
      const others = ['x', 'y', '1'].map((char) => anAccountAt(`${word}${char}z@example.com`))
      const store = await openWith(...others)
      await expectListed(store, word).toHaveLength(3)
      for (const char of ['%', '_', '*', '?', '.', '\\', '[', '(', "'", '"', '\n', '\u00ff', '\uffff', '\ud83d']) {
        expect(await listAll(store, word + char)).toEqual([])
        expect(await listAll(store, `${word}${char}z`)).toEqual([])
      }
    })

    it('orders by the term that was found, to its last byte', async () => {
      const word = aWord()
      // U+FA0E is one unit of UTF-16, and above both of those of U+10428.
      const endings = ['', '0', 'a', 'aa', 'b', 'ä', '\ufa0e', '\u{10428}']
      const accounts = endings.map((ending) => anAccountAt(`${aWord()}@example.com`, { name: `${word}${ending}` }))
      const store = await openWith(...accounts.toReversed())
      await expectListed(store, word).toEqual(usersOf(accounts))
      expect(await listAll(store, word, 1)).toEqual(usersOf(accounts))
    })

    it('lists an account once, at the first of the terms that were found', async () => {
      const word = aWord()
      const accounts = [
        anAccountAt(`${word}@example.com`, { name: `${word}zz ${word} ${word}z` }),
        anAccountAt(`${word}b@example.com`, { name: `${word}zz ${word}a` }),
        anAccountAt(`${word}c@example.com`, { name: `${word}zz` }),
        anAccountAt(`${aWord()}@example.com`, { name: `${word}\u{10428} ${word}\ufa0e` }),
      ]
      const store = await openWith(...accounts.toReversed())
      for (const limit of [1, 2, 3, 4, 100]) await expectListed(store, word, limit).toEqual(usersOf(accounts))
    })

    it('lists accounts of one term all, whatever the pages', async () => {
      const domain = `@${aWord()}.example`
      const accounts = Array.from({ length: 7 }, () => anAccountAt(`${aWord()}${domain}`))
      const store = await openWith(...accounts)
      await expectListed(store, domain).toHaveLength(7)
      for (const limit of [1, 3, 6, 7, 8]) {
        const users = await listAll(store, domain, limit)
        expect(users).toHaveLength(7)
        expect(users).toEqual(expect.arrayContaining(usersOf(accounts)))
      }
    })

    it('sees each of 250 accounts exactly once, page by page, though all were created in one second', async () => {
      const domain = `@${aWord()}.example`
      const createdAt = NOW + 500_000_000 // later than most accounts of other tests
      const accounts = Array.from({ length: 250 }, () => anAccountAt(aWord() + domain, { createdAt }))
      const store = await openWith(...accounts)
      const ids = accounts.map(({ user }) => user.id).sort()
      await expectListed(store, domain, 250).toHaveLength(250)
      expect((await listAll(store, domain, 20)).map(({ id }) => id).sort()).toEqual(ids)
      const newest = await listAll(store, '', 19, { most: 300 })
      expect(newest.flatMap(({ id }) => (ids.includes(id) ? [id] : [])).sort()).toEqual(ids)
    }, 60_000)

    it('finds each of 30 accounts that were created at once', async () => {
      const domain = `@${aWord()}.example`
      const store = await open()
      const accounts = Array.from({ length: 30 }, () => anAccountAt(`${aWord()}${domain}`))
      await Promise.all(accounts.map((account) => store.accounts.create(account)))
      await expectListed(store, domain).toHaveLength(30)
    })

    it('lists nobody whose creation was refused', async () => {
      const [address, word] = [`${aWord()}@example.com`, aWord()]
      const account = anAccountAt(address)
      const store = await openWith(account)
      const refused = anAccountAt(address, { name: word })
      expect(await store.accounts.create(refused)).toBe('email_taken')
      await expectListed(store, address).toEqual([account.user])
      expect(await listAll(store, word)).toEqual([])
    })

    it('shows accounts as they are now, disabled ones too', async () => {
      const account = anAccountAt(`${aWord()}@example.com`)
      const store = await openWith(account)
      await expectListed(store, account.address).toHaveLength(1)
      await setAccess(store, account.user.id, { roles: ['user', 'editor'] })
      await disable(store, account.user.id)
      const user = { ...account.user, roles: ['user', 'editor'], disabled: true }
      expect(await listAll(store, account.address)).toEqual([user])
    })

    it('finds a renamed account by the new name, no longer by the old one, and by its address as before', async () => {
      const [both, before, after] = [aWord(), aWord(), aWord()]
      const account = anAccountAt(`${aWord()}@example.com`, { name: `${both} ${before}` })
      const store = await openWith(account)
      await expectListed(store, before).toEqual([account.user])
      const user = await store.accounts.updateUser(account.user.id, { name: `${after} ${both}` })
      await expectListed(store, after).toEqual([user])
      await expectListed(store, before).toEqual([])
      for (const text of [both, account.address]) expect(await listAll(store, text)).toEqual([user])

      const nameless = await store.accounts.updateUser(account.user.id, { name: null })
      await expectListed(store, after).toEqual([])
      expect(await listAll(store, account.address)).toEqual([nameless])
    })

    it('finds an account by the name that was set last, of 10 in a row', async () => {
      const [account, word] = [anAccountAt(`${aWord()}@example.com`), aWord()]
      const store = await openWith(account)
      for (let i = 0; i < 10; i++) await store.accounts.updateUser(account.user.id, { name: `${word}${i}` })
      await expectListed(store, word).toEqual([{ ...account.user, name: `${word}9` }])
      expect(await listAll(store, `${word}9`)).toHaveLength(1)
    })

    it('finds a deleted account by nothing any more', async () => {
      const [domain, word] = [`@${aWord()}.example`, aWord()]
      const [kept, gone] = [anAccountAt(`a${domain}`), anAccountAt(`b${domain}`, { name: word })]
      const store = await openWith(kept, gone)
      await expectListed(store, domain).toHaveLength(2)
      await store.accounts.delete(gone.user.id, gone.address, 1)
      await expectListed(store, domain).toEqual([kept.user])
      expect(await listAll(store, word)).toEqual([])
      expect((await listAll(store, '')).filter(({ id }) => id === gone.user.id)).toEqual([])
    })

    it('finds who signed up with the address of a deleted account', async () => {
      const address = `${aWord()}@example.com`
      const [gone, successor] = [anAccountAt(address), anAccountAt(address)]
      const store = await openWith(gone)
      await store.accounts.delete(gone.user.id, address, 1)
      await createAll(store, [successor])
      await expectListed(store, address).toEqual([successor.user])
    })

    it('goes on where it was when the account there has been deleted or renamed meanwhile', async () => {
      const word = aWord()
      const accounts = ['a', 'b', 'c', 'd'].map((char) => anAccountAt(`${aWord()}@example.com`, { name: word + char }))
      const [, second, third, fourth] = accounts
      if (!second || !third || !fourth) throw new Error('Four accounts were made')
      const store = await openWith(...accounts)
      await expectListed(store, word).toHaveLength(4)
      const { next } = await store.accounts.page({ prefix: word, after: null, limit: 2 })
      expect(next).toEqual({ term: `${word}b`, id: second.user.id })
      await store.accounts.delete(second.user.id, second.address, 1)
      await store.accounts.updateUser(third.user.id, { name: `${word}e` })
      await expect
        .poll(async () => (await listAll(store, word, 2, { after: next })).map(({ id }) => id), { timeout: 20_000 })
        .toEqual([fourth.user.id, third.user.id])
    })

    it('lists nothing under a prefix that nothing begins with', async () => {
      const store = await open()
      expect(await store.accounts.page({ prefix: aWord(), after: null, limit: 10 })).toEqual({ users: [], next: null })
    })
  })

  describe(`${driver}: listing all accounts`, () => {
    it('begins with the newest', async () => {
      const start = NOW + 1_000_000_000 // later than the accounts of other tests
      const times = [start + 2, 999_999_999, start, 1_000_000_000, start + 10_000_000_000, start + 1]
      const accounts = times.map((createdAt) => anAccountAt(`${aWord()}@example.com`, { createdAt }))
      const ids = new Set(accounts.map(({ user }) => user.id))
      const store = await openWith(...accounts)
      const listed = async (limit: number) => (await listAll(store, '', limit)).filter(({ id }) => ids.has(id))
      const newestFirst = usersOf(accounts).sort((a, b) => b.createdAt - a.createdAt)
      await expect.poll(() => listed(100), { timeout: 20_000 }).toEqual(newestFirst)
      expect(await listed(13)).toEqual(newestFirst)
    })

    it('lists an account that has neither a name nor a role', async () => {
      const account = anAccountAt(`${aWord()}@example.com`, { roles: [] })
      const store = await openWith(account)
      await expect
        .poll(async () => (await listAll(store, '')).filter(({ id }) => id === account.user.id), { timeout: 20_000 })
        .toEqual([account.user])
    })

    it('keeps the order of creation, whoever logs in or is renamed', async () => {
      const [older, newer] = [10, 20].map((age) => anAccountAt(`${aWord()}@example.com`, { createdAt: NOW + age }))
      if (!older || !newer) throw new Error('Two accounts were made')
      const store = await openWith(older, newer)
      await store.sessions.open(aSession({ userId: older.user.id }), 1, anActivity())
      await store.accounts.updateUser(older.user.id, { name: aWord() })
      const ids = [newer.user.id, older.user.id]
      await expect
        .poll(async () => (await listAll(store, '')).map(({ id }) => id).filter((id) => ids.includes(id)), {
          timeout: 20_000,
        })
        .toEqual(ids)
    })
  })
}
