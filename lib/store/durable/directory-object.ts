import { DurableObject } from 'cloudflare:workers'
import type { AccessChange, PageRequest, Position, User } from '../contract.ts'
import { byCodePoint, isListedBy, placedTerms } from '../search-terms.ts'
import type { DirectoryMethods, StoreBindings } from './objects.ts'

/** Above whatever a term goes on with: the last code point there is, which is no letter, no digit and in no address. */
const LAST = '\u{10ffff}'

const TABLES = `
  CREATE TABLE IF NOT EXISTS accounts (
    id TEXT PRIMARY KEY, created_at INTEGER NOT NULL, revision INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS accounts_by_age ON accounts (created_at, id);
  CREATE TABLE IF NOT EXISTS terms (shared INTEGER, term TEXT, id TEXT, PRIMARY KEY (shared, term, id)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS terms_by_account ON terms (id);
`

/**
 * Where accounts are found by age and by search term. Only an index: what an account is, its own object says, and what the
 * index says too much or too little for some seconds, the accounts put right. And the one door to `setAccess`.
 */
export class DirectoryObject extends DurableObject<StoreBindings> implements DirectoryMethods {
  /** The change of access before this one. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(ctx: DurableObjectState, env: StoreBindings) {
    super(ctx, env)
    this.ctx.storage.sql.exec(TABLES)
  }

  put(user: Pick<User, 'id' | 'email' | 'name' | 'createdAt'>, revision: number): void {
    const { id, createdAt } = user
    const [known] = this.ctx.storage.sql.exec<{ revision: number }>('SELECT revision FROM accounts WHERE id = ?', id)
    if (known && known.revision >= revision) return
    this.ctx.storage.transactionSync(() => {
      this.forget(id)
      this.ctx.storage.sql.exec(
        'INSERT INTO accounts (id, created_at, revision) VALUES (?, ?, ?)',
        id,
        createdAt,
        revision,
      )
      for (const { term, shared } of placedTerms(user))
        this.ctx.storage.sql.exec('INSERT INTO terms (shared, term, id) VALUES (?, ?, ?)', shared, term, id)
    })
  }

  forget(userId: string): void {
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.sql.exec('DELETE FROM accounts WHERE id = ?', userId)
      this.ctx.storage.sql.exec('DELETE FROM terms WHERE id = ?', userId)
    })
  }

  async page({ prefix, after, limit }: PageRequest): Promise<{ users: User[]; next: Position | null }> {
    const users: User[] = []
    let last = after // the place of the last of `users`
    let from = after
    for (;;) {
      const count = limit + 1 - users.length // one more tells whether there is a next page
      const found = prefix === '' ? this.#newest(from, count) : this.#matching(prefix, from, count)
      const owners = await Promise.all(found.map(({ id }) => this.env.STORE.getByName(id).user()))
      for (const [index, position] of found.entries()) {
        const user = owners[index]
        if (!user)
          this.forget(position.id) // a word of it came later than that it was deleted
        // What is in the index may be older than the account.
        else if (prefix !== '' && !isListedBy(position.term, prefix, user)) continue
        else if (users.length === limit) return { users, next: last }
        else {
          users.push(user)
          last = position
        }
      }
      if (found.length < count) return { users, next: null }
      from = found.at(-1) ?? null
    }
  }

  /**
   * One change waits for the other. Who is an admin changes nowhere else, so whoever was one when it was asked still is
   * when the change is made.
   */
  setAccess(change: AccessChange): ReturnType<DirectoryMethods['setAccess']> {
    const setting = this.#last.then(() => this.#setAccess(change))
    this.#last = setting.catch(() => {}) // its own caller hears of it
    return setting
  }

  async #setAccess({ userId, by, ...change }: AccessChange): ReturnType<DirectoryMethods['setAccess']> {
    const admin = await this.env.STORE.getByName(by.userId).user()
    if (!admin || admin.disabled || !(by.isNamed || admin.roles.includes('admin'))) return { outcome: 'refused' }
    const changed = await this.env.STORE.getByName(userId).setAccess(change)
    return changed ? { outcome: 'changed', ...changed } : { outcome: 'unknown' }
  }

  #newest(after: Position | null, count: number): Position[] {
    const { term, id } = after ?? { term: `${Number.MAX_SAFE_INTEGER}`, id: '' }
    return this.ctx.storage.sql
      .exec<{ term: string; id: string }>(
        `SELECT CAST(created_at AS TEXT) AS term, id FROM accounts
         WHERE (created_at, id) < (CAST(? AS INTEGER), ?) ORDER BY created_at DESC, id DESC LIMIT ?`,
        term,
        id,
        count,
      )
      .toArray()
  }

  /** Each account by its first such term: one that shares as many characters as the prefix has is not the first. */
  #matching(prefix: string, after: Position | null, count: number): Position[] {
    const { term, id } = after ?? { term: prefix, id: '' }
    const groups = Array.from([...prefix], (_, shared) =>
      this.ctx.storage.sql
        .exec<{ term: string; id: string }>(
          `SELECT term, id FROM terms WHERE shared = ? AND (term, id) > (?, ?) AND term < ? ORDER BY term, id LIMIT ?`,
          shared,
          term,
          id,
          prefix + LAST,
          count,
        )
        .toArray(),
    )
    return groups
      .flat()
      .sort((a, b) => byCodePoint(a.term, b.term) || byCodePoint(a.id, b.id))
      .slice(0, count)
  }
}
