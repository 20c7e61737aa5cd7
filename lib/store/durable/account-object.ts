import { DurableObject } from 'cloudflare:workers'
import type {
  AccessChange,
  Activity,
  Advance,
  AdvanceRequest,
  Credential,
  Ended,
  NewAccount,
  PasswordChange,
  Session,
  UnixSeconds,
  User,
} from '../contract.ts'
import { withDeadline } from '../deadline.ts'
import { withActivity, withRepeatedActivity } from './activity-log.ts'
import { advanceSession } from './advance.ts'
import { type AccountMethods, DIRECTORY, type StoreBindings } from './objects.ts'
import { surplusSessions } from './surplus-sessions.ts'

/** Seconds between two attempts to reach the directory; the first ones follow sooner. */
const MAX_LISTING_DELAY = 60

/** That the directory has yet to hear of a change. Holds the id, as the user may be gone. */
interface Unlisted {
  userId: string
  revision: number
}

/**
 * An account with its credential, its sessions and its activity. Storage: `user`, `credential`, `session:<id>`, `activity`
 * (the newest first); or `sealed`, when there shall never be an account of this id (any more). Beside them `revision`, which
 * counts the changes of what the account is listed by, and `unlisted`, until the directory has heard of the last of them.
 *
 * No method waits for anything but its own storage, so each is one atomic step.
 */
export class AccountObject extends DurableObject<StoreBindings> implements AccountMethods {
  /** Attempts in a row that did not reach the directory. */
  #failures = 0

  constructor(ctx: DurableObjectState, env: StoreBindings) {
    super(ctx, env)
    // The alarm of a change outlives whatever happens here, unless it could not even be put off: then this call wakes it.
    if (this.#unlisted()) ctx.blockConcurrencyWhile(() => this.#wakeAlarm())
  }

  create({ user, passwordHash, session, activity }: Omit<NewAccount, 'address'>): Promise<boolean> {
    const { kv } = this.ctx.storage
    if (this.user() || kv.get<boolean>('sealed')) return Promise.resolve(false)
    return this.#listing(user.id, () => {
      kv.put<User>('user', user)
      kv.put<Credential>('credential', { userId: user.id, passwordHash, version: 1 })
      kv.put<Activity[]>('activity', [activity])
      this.#write(session)
      return true
    })
  }

  existsOrSeal(): boolean {
    if (this.user()) return true
    this.ctx.storage.kv.put<boolean>('sealed', true)
    return false
  }

  user(): User | null {
    return this.ctx.storage.kv.get<User>('user') ?? null
  }

  updateUser({ name }: Pick<User, 'name'>): Promise<User | null> {
    const user = this.user()
    if (!user || user.name === name) return Promise.resolve(user)
    return this.#listing(user.id, () => {
      const renamed = { ...user, name }
      this.ctx.storage.kv.put<User>('user', renamed)
      return renamed
    })
  }

  credential(): Credential | null {
    return this.ctx.storage.kv.get<Credential>('credential') ?? null
  }

  rehash(from: string, to: string): boolean {
    const credential = this.credential()
    if (credential?.passwordHash !== from) return false
    this.ctx.storage.kv.put<Credential>('credential', { ...credential, passwordHash: to })
    return true
  }

  setPassword({ from, passwordHash, keep, now, activity }: Omit<PasswordChange, 'userId'>): Ended<'changed'> {
    const credential = this.credential()
    if (credential?.version !== from) return { outcome: 'refused' }
    return this.ctx.storage.transactionSync(() => {
      this.ctx.storage.kv.put<Credential>('credential', { ...credential, passwordHash, version: from + 1 })
      this.#note(activity)
      return { outcome: 'changed', ended: this.#endAll(keep, now) }
    })
  }

  setAccess({
    roles,
    disabled,
    now,
    activity,
  }: Omit<AccessChange, 'userId' | 'by'>): { user: User; ended: string[] } | null {
    const before = this.user()
    if (!before) return null
    const user = { ...before, roles: roles ?? before.roles, disabled: disabled ?? before.disabled }
    return this.ctx.storage.transactionSync(() => {
      this.ctx.storage.kv.put<User>('user', user)
      this.#note(activity)
      return { user, ended: disabled ? this.#endAll(null, now) : [] }
    })
  }

  delete(from: number): Promise<Ended<'deleted'>> {
    const { kv } = this.ctx.storage
    const user = this.user()
    if (!user || this.credential()?.version !== from || user.roles.includes('admin')) {
      return Promise.resolve({ outcome: 'refused' })
    }
    return this.#listing(user.id, () => {
      const ended = this.list().filter((session) => isRunning(session, Date.now() / 1_000))
      for (const key of ['user', 'credential', 'activity', 'revision']) kv.delete(key)
      for (const { id } of this.list()) kv.delete(sessionKey(id))
      kv.put<boolean>('sealed', true)
      return { outcome: 'deleted', ended: ended.map(({ id }) => id) }
    })
  }

  activity(): Activity[] {
    return this.ctx.storage.kv.get<Activity[]>('activity') ?? []
  }

  appendActivity(activity: Activity): void {
    if (!this.user()) return
    this.ctx.storage.kv.put<Activity[]>('activity', withRepeatedActivity(this.activity(), activity))
  }

  open(session: Session, credentialVersion: number, activity: Activity): User | null {
    const user = this.user()
    if (!user || user.disabled || this.credential()?.version !== credentialVersion) return null
    this.ctx.storage.transactionSync(() => {
      const others = this.list().filter(({ id }) => id !== session.id)
      for (const id of surplusSessions(others, session.createdAt)) this.ctx.storage.kv.delete(sessionKey(id))
      this.#write(session)
      this.#note(activity)
    })
    return user
  }

  advance(request: AdvanceRequest): Advance {
    const user = this.user()
    const session = this.#session(request.sessionId)
    if (!user || user.disabled || !session) return { outcome: 'unknown' }
    const advanced = advanceSession(session, request)
    if (!('session' in advanced)) return advanced
    const { outcome, session: next } = advanced
    if (outcome !== 'reused') {
      this.#write(next)
      return { outcome, session: next, user }
    }
    this.ctx.storage.transactionSync(() => {
      this.#write(next)
      this.#note(request.activity)
    })
    return { outcome }
  }

  get(sessionId: string): { session: Session; user: User } | null {
    const user = this.user()
    const session = this.#session(sessionId)
    return user && session ? { session, user } : null
  }

  list(): Session[] {
    return [...this.ctx.storage.kv.list<Session>({ prefix: sessionKey('') })].map(([, session]) => session)
  }

  revoke(sessionId: string, now: UnixSeconds): boolean {
    const session = this.#session(sessionId)
    if (session?.revokedAt === null) this.#write({ ...session, revokedAt: now })
    return session !== undefined
  }

  revokeAll(except: string | null, now: UnixSeconds, activity: Activity): string[] {
    if (!this.user()) return []
    return this.ctx.storage.transactionSync(() => {
      this.#note(activity)
      return this.#endAll(except, now)
    })
  }

  ping(): void {}

  override async alarm(): Promise<void> {
    const unlisted = this.#unlisted()
    if (!unlisted) return
    try {
      await withDeadline(() => this.#list(unlisted))
    } catch (error) {
      // Set again here, since the runtime gives up an alarm that keeps failing.
      console.error('An account waits to be listed:', error)
      const delay = Math.min(2 ** this.#failures++, MAX_LISTING_DELAY)
      await this.ctx.storage.setAlarm(Date.now() + delay * 1_000)
      return
    }
    this.#failures = 0
    // A change made meanwhile has an alarm of its own.
    if (this.#unlisted()?.revision === unlisted.revision) this.ctx.storage.kv.delete('unlisted')
  }

  /** Makes a change of what the account is listed by, together with the promise that the directory is going to hear of it. */
  async #listing<T>(userId: string, change: () => T): Promise<T> {
    const { kv } = this.ctx.storage
    const result = this.ctx.storage.transactionSync(() => {
      const revision = (kv.get<number>('revision') ?? 0) + 1
      kv.put<number>('revision', revision)
      kv.put<Unlisted>('unlisted', { userId, revision })
      return change()
    })
    await this.ctx.storage.setAlarm(Date.now()) // nothing was waited for yet, so it is stored with the change
    return result
  }

  async #list({ userId, revision }: Unlisted): Promise<void> {
    const directory = this.env.STORE_DIRECTORY.getByName(DIRECTORY)
    const user = this.user()
    if (!user) return await directory.forget(userId)
    const { id, email, name, createdAt } = user
    await directory.put({ id, email, name, createdAt }, revision)
  }

  #unlisted(): Unlisted | undefined {
    return this.ctx.storage.kv.get<Unlisted>('unlisted')
  }

  async #wakeAlarm(): Promise<void> {
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(Date.now())
  }

  #note(activity: Activity): void {
    this.ctx.storage.kv.put<Activity[]>('activity', withActivity(this.activity(), activity))
  }

  /** @returns the ids of those that were running */
  #endAll(except: string | null, now: UnixSeconds): string[] {
    const others = this.list().filter(({ id, revokedAt }) => id !== except && revokedAt === null)
    for (const session of others) this.#write({ ...session, revokedAt: now })
    return others.filter((session) => isRunning(session, now)).map(({ id }) => id)
  }

  #session(id: string): Session | undefined {
    return this.ctx.storage.kv.get<Session>(sessionKey(id))
  }

  #write(session: Session): void {
    this.ctx.storage.kv.put<Session>(sessionKey(session.id), session)
  }
}

function sessionKey(id: string): string {
  return `session:${id}`
}

function isRunning({ revokedAt, expiresAt }: Session, now: UnixSeconds): boolean {
  return revokedAt === null && now < expiresAt
}
