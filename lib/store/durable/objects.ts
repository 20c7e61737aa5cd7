/** What the Durable Objects of the companion Worker can be asked, for callers who cannot import their classes. */
import type {
  AccessChange,
  Activity,
  Advance,
  AdvanceRequest,
  Credential,
  EmailChange,
  Ended,
  KeptMail,
  Limit,
  LimitResult,
  Link,
  LinkPurpose,
  NewAccount,
  PageRequest,
  PasswordChange,
  Position,
  Recovery,
  Session,
  UnixSeconds,
  User,
} from '../contract.ts'

/** One account, named by its user's id. A method that does not wait is one step: no other call comes in between. */
export interface AccountMethods {
  /** @returns false when the account exists, or its id is sealed */
  create(account: Omit<NewAccount, 'address'>): Promise<boolean>
  /**
   * Tells whether the canonical `address` is the account's, or kept for it: the one before a change that can still be undone.
   * If not, whatever is still on its way to make it the account's is going to be refused: where there is no account, the id
   * is sealed against its creation, otherwise the account is fenced against changes that set out before.
   */
  holdsOrFence(address: string, now: UnixSeconds): boolean
  /** How often the account was fenced so far. */
  fences(): number
  user(): User | null
  /** @returns the user as it is now, null when there is none */
  updateUser(change: Pick<User, 'name'>): Promise<User | null>
  credential(): Credential | null
  /** The same, if the canonical `address` is the account's. */
  credentialOf(address: string): Credential | null
  rehash(from: string, to: string): boolean
  setPassword(change: Omit<PasswordChange, 'userId'>): Ended<'changed'>
  /** @returns false when the account has another canonical address, or is none */
  verifyEmail(address: string, activity: Activity): boolean
  /** For the new address's object only, which has noted the account as its owner after it read `fences`. */
  changeEmail(change: Omit<EmailChange, 'userId'>, fences: number): Promise<{ outcome: 'changed' | 'refused' }>
  /** For the object of the address `to` only, likewise. */
  recover(recovery: Omit<Recovery, 'userId'>, fences: number): Promise<Ended<'recovered'>>
  /** For the directory only, which knows whether the change may be made. @returns null when there is no account */
  setAccess(change: Omit<AccessChange, 'userId' | 'by'>): { user: User; ended: string[] } | null
  /** Seals the id as well. For the address's object only, which forgets its owner then. */
  delete(from: number): Promise<Ended<'deleted'>>
  activity(): Activity[]
  appendActivity(activity: Activity): void
  /** @returns null when the session is refused */
  open(session: Session, credentialVersion: number, activity: Activity): User | null
  advance(request: AdvanceRequest): Advance
  get(sessionId: string): { session: Session; user: User } | null
  list(): Session[]
  /** @returns whether there is such a session, ended or not */
  revoke(sessionId: string, now: UnixSeconds): boolean
  /** @returns the ids that `Ended` names */
  revokeAll(except: string | null, now: UnixSeconds, activity: Activity): string[]
  /** @returns the version of the companion Worker's code, `unknown` where it was told none */
  ping(): string
}

/** The claim to one canonical address, named by it. */
export interface AddressMethods {
  create(account: NewAccount): Promise<'created' | 'email_taken'>
  /** @param address the object's own name, which it does not know */
  credential(address: string): Promise<Credential | null>
  /** Of the address that is changed to. */
  changeEmail(change: EmailChange): Promise<'changed' | 'email_taken' | 'refused'>
  /** Of the address that the mail went to. */
  recover(recovery: Recovery): Promise<Ended<'recovered'>>
  /** Deletes the user's account, then forgets its owner. */
  delete(userId: string, from: number): Promise<Ended<'deleted'>>
}

/** Who is in the list of all accounts, and the queue of what admins change. There is one, named `DIRECTORY`. */
export interface DirectoryMethods {
  /** Puts the account where it is found by its present terms, unless it was put with a later revision. */
  put(user: Pick<User, 'id' | 'email' | 'name' | 'createdAt'>, revision: number): void
  forget(userId: string): void
  page(request: PageRequest): Promise<{ users: User[]; next: Position | null }>
  setAccess(
    change: AccessChange,
  ): Promise<{ outcome: 'changed'; user: User; ended: string[] } | { outcome: 'unknown' | 'refused' }>
}

export const DIRECTORY = 'accounts'

/** The count of one limited key, named by it. */
export interface LimitMethods {
  take(limit: Limit): Promise<LimitResult>
}

/** One mailed link, named by the hash of its token. */
export interface LinkMethods {
  put(link: Link): Promise<void>
  get(purpose: LinkPurpose, now: UnixSeconds): Link | null
  /** @param proof empty for none */
  take(purpose: LinkPurpose, now: UnixSeconds, proof: string): Promise<Link | null>
}

/** The mails of local runs. There is one, named `MAILBOX`. */
export interface MailboxMethods {
  put(mail: KeptMail): void
  list(): KeptMail[]
}

export const MAILBOX = 'mails'

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
  STORE_DIRECTORY: ObjectNamespace<DirectoryMethods>
  STORE_LIMITS: ObjectNamespace<LimitMethods>
  STORE_LINKS: ObjectNamespace<LinkMethods>
}

/** What is bound in the companion Worker besides. */
export interface CompanionBindings extends StoreBindings {
  /** Which code this is, as `scripts/lib/companion.mjs` names it. Not there when Wrangler was run by hand. */
  COMPANION_VERSION?: string
}

/** What is bound in development besides. */
export interface MailboxBinding {
  STORE_MAILBOX: ObjectNamespace<MailboxMethods>
}
