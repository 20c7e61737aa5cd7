import { DurableObject } from 'cloudflare:workers'
import type { Advance, AdvanceRequest, Credential, NewAccount, Session, UnixSeconds, User } from '../contract.ts'
import { advanceSession } from './advance.ts'
import type { AccountMethods, StoreBindings } from './objects.ts'
import { surplusSessions } from './surplus-sessions.ts'

/**
 * An account with its credential and its sessions. Storage: `user`, `credential`, `session:<id>`; or `sealed`, when there
 * shall never be an account of this id. No method waits for anything, so each is one atomic step.
 */
export class AccountObject extends DurableObject<StoreBindings> implements AccountMethods {
  create({ user, passwordHash, session }: Omit<NewAccount, 'address'>): boolean {
    const { kv } = this.ctx.storage
    if (this.#user() || kv.get<boolean>('sealed')) return false
    this.ctx.storage.transactionSync(() => {
      kv.put<User>('user', user)
      kv.put<Credential>('credential', { userId: user.id, passwordHash, version: 1 })
      this.#write(session)
    })
    return true
  }

  existsOrSeal(): boolean {
    if (this.#user()) return true
    this.ctx.storage.kv.put<boolean>('sealed', true)
    return false
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

  open(session: Session, credentialVersion: number): User | null {
    const user = this.#user()
    if (!user || user.disabled || this.credential()?.version !== credentialVersion) return null
    const { kv } = this.ctx.storage
    const others = [...kv.list<Session>({ prefix: sessionKey('') })].map(([, other]) => other)
    this.ctx.storage.transactionSync(() => {
      const surplus = surplusSessions(
        others.filter(({ id }) => id !== session.id),
        session.createdAt,
      )
      for (const id of surplus) kv.delete(sessionKey(id))
      this.#write(session)
    })
    return user
  }

  advance(request: AdvanceRequest): Advance {
    const user = this.#user()
    const session = this.#session(request.sessionId)
    if (!user || user.disabled || !session) return { outcome: 'unknown' }
    const advanced = advanceSession(session, request)
    if ('session' in advanced) this.#write(advanced.session)
    if (advanced.outcome === 'reused') return { outcome: 'reused' }
    return 'session' in advanced ? { outcome: advanced.outcome, session: advanced.session, user } : advanced
  }

  get(sessionId: string): { session: Session; user: User } | null {
    const user = this.#user()
    const session = this.#session(sessionId)
    return user && session ? { session, user } : null
  }

  revoke(sessionId: string, now: UnixSeconds): void {
    const session = this.#session(sessionId)
    if (session?.revokedAt === null) this.#write({ ...session, revokedAt: now })
  }

  ping(): void {}

  #user(): User | undefined {
    return this.ctx.storage.kv.get<User>('user')
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
