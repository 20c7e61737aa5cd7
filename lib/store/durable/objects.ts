/** What the Durable Objects of the companion Worker can be asked, for callers who cannot import their classes. */
import type {
  Advance,
  AdvanceRequest,
  Credential,
  Limit,
  LimitResult,
  NewAccount,
  Session,
  UnixSeconds,
  User,
} from '../contract.ts'

/** One account, named by its user's id. A method that does not wait is one step: no other call comes in between. */
export interface AccountMethods {
  /** @returns false when the account exists, or its id is sealed */
  create(account: Omit<NewAccount, 'address'>): boolean
  /** Tells whether the account exists. If not, its id is sealed: a creation that is still on its way is going to be refused. */
  existsOrSeal(): boolean
  credential(): Credential | null
  rehash(from: string, to: string): boolean
  /** @returns null when the session is refused */
  open(session: Session, credentialVersion: number): User | null
  advance(request: AdvanceRequest): Advance
  get(sessionId: string): { session: Session; user: User } | null
  revoke(sessionId: string, now: UnixSeconds): void
  ping(): void
}

/** The claim to one canonical address, named by it. */
export interface AddressMethods {
  create(account: NewAccount): Promise<'created' | 'email_taken'>
  credential(): Promise<Credential | null>
}

/** The count of one limited key, named by it. */
export interface LimitMethods {
  take(limit: Limit): Promise<LimitResult>
}

/** Of a Durable Object namespace, what we use. */
export interface ObjectNamespace<Methods> {
  getByName(name: string): Remote<Methods>
}

/** An object as its callers see it: each call crosses to where it lives, and back. */
export type Remote<Methods> = {
  [Name in keyof Methods]: Methods[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never
}

/** Bindings of the companion Worker's own environment, and of the app's. */
export interface StoreBindings {
  STORE: ObjectNamespace<AccountMethods>
  STORE_ADDRESSES: ObjectNamespace<AddressMethods>
  STORE_LIMITS: ObjectNamespace<LimitMethods>
}
