import { DurableObject } from 'cloudflare:workers'
import {
  type AccessChange,
  type Activity,
  type Advance,
  type AdvanceRequest,
  type Credential,
  EMAIL_UNDO_SECONDS,
  type EmailChange,
  END_REPEATED_SECONDS,
  type Ended,
  type NewAccount,
  type PasswordChange,
  type Recovery,
  type Session,
  type UnixSeconds,
  type User,
} from '../contract.ts'
import { withDeadline } from '../deadline.ts'
import { fold } from '../fold.ts'
import { withActivity, withRepeatedActivity } from './activity-log.ts'
import { advanceSession } from './advance.ts'
import { type AccountMethods, type CompanionBindings, DIRECTORY } from './objects.ts'
import { surplusSessions } from './surplus-sessions.ts'

/** Seconds between two attempts to reach the directory; the first ones follow sooner. */
const MAX_LISTING_DELAY = 60

/** That the directory has yet to hear of a change. Holds the id, as the user may be gone. */
interface Unlisted {
  userId: string
  revision: number
}

/** Users that were stored before addresses could be changed have no `emailChangedAt`. */
type StoredUser = Omit<User, 'emailChangedAt'> & Partial<Pick<User, 'emailChangedAt'>>

/**
 * An account with its credential, its sessions and its activity. Storage: `user`, `credential`, `session:<id>`, `activity`
 * (the newest first); or `sealed`, when there shall never be an account of this id (any more). Beside them `revision`, which
 * counts the changes of what the account is listed by, and `unlisted`, until the directory has heard of the last of them;
 * `previousAddress`, canonical, from a change of address on; and `fences`, how often a change that may still have been on its
 * way was called off.
 *
 * No method waits for anything but its own storage, so each is one atomic step.
 */
export class AccountObject extends DurableObject<CompanionBindings> implements AccountMethods {
  /** Attempts in a row that did not reach the directory. */
  #failures = 0

  constructor(ctx: DurableObjectState, env: CompanionBindings) {
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

  holdsOrFence(address: string, now: UnixSeconds): boolean {
    const user = this.user()
    if (user && (fold(user.email) === address || this.#isKept(address, user, now))) return true
    if (user) this.ctx.storage.kv.put<number>('fences', this.fences() + 1)
    else this.ctx.storage.kv.put<boolean>('sealed', true)
    return false
  }

  fences(): number {
    return this.ctx.storage.kv.get<number>('fences') ?? 0
  }

  user(): User | null {
    const user = this.ctx.storage.kv.get<StoredUser>('user')
    return user ? { ...user, emailChangedAt: user.emailChangedAt ?? null } : null
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

  credentialOf(address: string): Credential | null {
    const user = this.user()
    return user && fold(user.email) === address ? this.credential() : null
  }

  rehash(from: string, to: string): boolean {
    const credential = this.credential()
    if (credential?.passwordHash !== from) return false
    this.ctx.storage.kv.put<Credential>('credential', { ...credential, passwordHash: to })
    return true
  }

  setPassword({ from, passwordHash, keep, proven, now, activity }: Omit<PasswordChange, 'userId'>): Ended<'changed'> {
    const { kv } = this.ctx.storage
    const user = this.user()
    const credential = this.credential()
    if (!user || credential?.version !== from) return { outcome: 'refused' }
    return this.ctx.storage.transactionSync(() => {
      kv.put<Credential>('credential', { ...credential, passwordHash, version: from + 1 })
      if (fold(user.email) === proven) kv.put<User>('user', { ...user, emailVerified: true })
      this.#note(activity)
      return { outcome: 'changed', ended: this.#endAll(keep, now) }
    })
  }

  verifyEmail(address: string, activity: Activity): boolean {
    const user = this.user()
    if (!user || fold(user.email) !== address) return false
    if (user.emailVerified) return true
    this.ctx.storage.transactionSync(() => {
      this.ctx.storage.kv.put<User>('user', { ...user, emailVerified: true })
      this.#note(activity)
    })
    return true
  }

  changeEmail(
    { version, from, to, now, activity }: Omit<EmailChange, 'userId'>,
    fences: number,
  ): Promise<{ outcome: 'changed' | 'refused' }> {
    const { kv } = this.ctx.storage
    const user = this.user()
    const isMeant = user?.email === from && this.credential()?.version === version && this.fences() === fences
    if (!isMeant || canUndo(user, now)) return Promise.resolve({ outcome: 'refused' })
    return this.#listing(user.id, () => {
      const before = fold(from)
      const isAnother = before !== fold(to)
      const emailChangedAt = isAnother ? now : user.emailChangedAt
      kv.put<User>('user', { ...user, email: to, emailVerified: true, emailChangedAt })
      if (isAnother) kv.put<string>('previousAddress', before)
      this.#note(activity)
      return { outcome: 'changed' }
    })
  }

  recover(
    { from, to, passwordHash, now, activity }: Omit<Recovery, 'userId'>,
    fences: number,
  ): Promise<Ended<'recovered'>> {
    const { kv } = this.ctx.storage
    const user = this.user()
    const credential = this.credential()
    const undoes = fold(from) !== fold(to)
    const isMeant = user?.email === from && this.fences() === fences
    if (!isMeant || !credential || (undoes && !this.#isKept(fold(to), user, now))) {
      return Promise.resolve({ outcome: 'refused' })
    }
    return this.#listing(user.id, () => {
      kv.put<User>('user', { ...user, emailVerified: true, ...(undoes && { email: to, emailChangedAt: null }) })
      if (undoes) kv.delete('previousAddress')
      kv.put<Credential>('credential', { ...credential, passwordHash, version: credential.version + 1 })
      this.#note(activity)
      return { outcome: 'recovered', ended: this.#endAll(null, now) }
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
      const ended = this.list().filter((session) => isNamed(session, Date.now() / 1_000))
      for (const key of ['user', 'credential', 'activity', 'revision', 'previousAddress', 'fences']) kv.delete(key)
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

  ping(): string {
    return this.env.COMPANION_VERSION || 'unknown'
  }

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

  /** Tells whether the address is the one before a change that can still be undone. */
  #isKept(address: string, user: User, now: UnixSeconds): boolean {
    return canUndo(user, now) && this.ctx.storage.kv.get<string>('previousAddress') === address
  }

  #note(activity: Activity): void {
    this.ctx.storage.kv.put<Activity[]>('activity', withActivity(this.activity(), activity))
  }

  /** @returns the ids that `Ended` names */
  #endAll(except: string | null, now: UnixSeconds): string[] {
    const others = this.list().filter(({ id }) => id !== except)
    for (const session of others) if (session.revokedAt === null) this.#write({ ...session, revokedAt: now })
    return others.filter((session) => isNamed(session, now)).map(({ id }) => id)
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

function canUndo({ emailChangedAt }: User, now: UnixSeconds): boolean {
  return emailChangedAt !== null && now < emailChangedAt + EMAIL_UNDO_SECONDS
}

/** Tells whether `Ended` names the session, which is ended at `now`. */
function isNamed({ revokedAt, expiresAt }: Session, now: UnixSeconds): boolean {
  return now < expiresAt && now - (revokedAt ?? now) < END_REPEATED_SECONDS
}
