/**
 * What Gatehouse asks of a store. An operation is a whole step of the domain: atomic, and one round trip.
 *
 * Rules for every driver, each proved by the suite in `tests/store`:
 * - what is absent or refused is a value; a throw means that the store itself failed;
 * - `now` decides what has expired, a driver's own expiry only cleans up;
 * - what was written comes back equal, type by type.
 */

/** Seconds since the Unix epoch. */
export type UnixSeconds = number

export interface User {
  /** 128 random bits, base64url. */
  id: string
  /** As its owner typed it, trimmed. Look-ups go by the canonical address (`lib/auth/email-address.ts`). */
  email: string
  emailVerified: boolean
  name: string | null
  roles: string[]
  disabled: boolean
  createdAt: UnixSeconds
  /** When its owner last changed the address; null: never, or it was undone. Nobody else gets the one before for `EMAIL_UNDO_SECONDS`. */
  emailChangedAt: UnixSeconds | null
}

/** For how long a change of address can be undone from the one before. Until then there is no further change. */
export const EMAIL_UNDO_SECONDS = 7 * 86_400

/** What proves a password. Kept apart from `User`, so that code which reads users cannot read it. */
export interface Credential {
  userId: string
  /** PHC string, see `lib/auth/passwords.ts`. */
  passwordHash: string
  /** Grows with each change of password (not with a rehash of the same one). */
  version: number
}

/** How many refresh tokens a session presented, in the current and in the previous window. */
export interface RefreshCount {
  /** Number of the window since the epoch: `floor(now / window)`. */
  window: number
  current: number
  previous: number
}

/** A refresh-token family. Its tokens are numbered in the order of issue; at login `parent` is 0 and `current` 1. */
export interface Session {
  /** 128 random bits, base64url. */
  id: string
  userId: string
  /** Number of the token whose presentation produced `current`. */
  parent: number
  /** Number of the newest token. */
  current: number
  /** When `current` was issued, to the fraction of a second. */
  advancedAt: UnixSeconds
  createdAt: UnixSeconds
  /** The end, however much the session is used. */
  expiresAt: UnixSeconds
  remember: boolean
  userAgent: string
  ip: string
  /** Of a reuse, to the fraction of a second. */
  revokedAt: UnixSeconds | null
  refreshes: RefreshCount
}

/** `limit` events in a sliding window of `window` seconds. */
export interface Limit {
  limit: number
  /** Seconds. */
  window: number
}

/** What the owner of an account reads about its security. Kept with the account, the newest first, at most `MAX_ACTIVITY`. */
export interface Activity {
  type: ActivityType
  at: UnixSeconds
  /** The client's; empty where it is not known. */
  ip: string
  userAgent: string
  /** How many of the same kind in a row this entry stands for: guesses shall not push out what came before them. */
  count: number
}

export type ActivityType =
  | 'account.created'
  | 'login.succeeded'
  | 'login.failed'
  | 'password.changed'
  | 'password.reset'
  | 'email.verified'
  | 'email.changed'
  | 'account.secured'
  | 'sessions.ended'
  | 'session.reused'
  | 'roles.changed'
  | 'account.disabled'
  | 'account.enabled'

/** How many entries of activity an account keeps. */
export const MAX_ACTIVITY = 50

export interface NewAccount {
  user: User
  /** Canonical form of `user.email`; unique among accounts. */
  address: string
  passwordHash: string
  /** Opened together with the account, so that nobody has the one without the other. */
  session: Session
  activity: Activity
}

export interface PasswordChange {
  userId: string
  /** Version of the credential that was checked. */
  from: number
  passwordHash: string
  /** Id of the session that goes on; null for none. */
  keep: string | null
  /** Canonical address to which a mail was sent that led here: verified, if it still is the account's. Null where no mail did. */
  proven: string | null
  now: UnixSeconds
  activity: Activity
}

/** A change of address, from the one that the account is expected to have. Both as typed; drivers fold them. */
export interface EmailChange {
  userId: string
  /** Version of the credential when the change was asked for: a password changed since then takes it back. */
  version: number
  from: string
  /** Proved to be its owner's, so it counts as verified. */
  to: string
  now: UnixSeconds
  activity: Activity
}

/** What takes an account back into its owner's hands, by a mail to `to`. */
export interface Recovery {
  userId: string
  /** The address that the account is expected to have, as typed. */
  from: string
  /** That one, or the one before, which the account gets back. */
  to: string
  /** Of a password that nobody knows. */
  passwordHash: string
  now: UnixSeconds
  activity: Activity
}

/** A change of what an account may do, made by an admin. */
export interface AccessChange {
  userId: string
  /** Who makes it; `isNamed`: an admin by the settings, whatever the store says of its roles. */
  by: { userId: string; isNamed: boolean }
  /** Undefined: as they are. */
  roles?: string[]
  disabled?: boolean
  now: UnixSeconds
  activity: Activity
}

/** A place in a list of accounts: behind the account `id`, which is there by this `term`. */
export interface Position {
  term: string
  id: string
}

export interface PageRequest {
  /** What a search term begins with (`search-terms.ts`), folded; empty for all accounts. */
  prefix: string
  /** Null: from the beginning. */
  after: Position | null
  limit: number
}

/**
 * For how long after its end a session is named once more by what ends all of them, in seconds: the answer that named it may have
 * been lost, and who asks again at once would otherwise announce nothing.
 */
export const END_REPEATED_SECONDS = 120

/** Sessions that a change has ended, by their ids: those that were running, or had ended within `END_REPEATED_SECONDS`. */
export type Ended<Outcome extends string> = { outcome: Outcome; ended: string[] } | { outcome: 'refused' }

export interface Accounts {
  /** Creates the account, its credential (version 1) and its first session, or none of them. */
  create(account: NewAccount): Promise<'created' | 'email_taken'>
  /** The credential of the account that owns the canonical `address`. */
  credentialByEmail(address: string): Promise<Credential | null>
  credentialById(userId: string): Promise<Credential | null>
  /**
   * Replaces the hash `from` by `to`, two hashes of one password. The version stays, sessions go on.
   * @returns false when the stored hash is not `from` (any more)
   */
  rehash(userId: string, from: string, to: string): Promise<boolean>
  /** Sets a new password, and ends every session but one in the same step. Refused when the credential is of another version. */
  setPassword(change: PasswordChange): Promise<Ended<'changed'>>
  /** Marks the address as verified. @returns false when the account is gone, or has another canonical address than `address` */
  verifyEmail(userId: string, address: string, activity: Activity): Promise<boolean>
  /**
   * Gives the account another address, and keeps the old one from everybody else for `EMAIL_UNDO_SECONDS`: it cannot be signed
   * up or changed to. Sessions go on. Refused when the account is gone, its address is not `from`, its credential is of another
   * version, or the change before can still be undone. Of an address with two spellings (`from` and `to` fold alike), only the
   * spelling changes.
   */
  changeEmail(change: EmailChange): Promise<'changed' | 'email_taken' | 'refused'>
  /**
   * Sets a password that nobody knows (the version grows), ends every session and marks the address `to` as verified. Where that
   * is the one before a change that can still be undone, it becomes the account's again, and the present one is free. Refused
   * when the account is gone, its address is not `from`, or `to` is neither.
   */
  recover(recovery: Recovery): Promise<Ended<'recovered'>>
  userById(userId: string): Promise<User | null>
  /** @returns the user as it is now, null when there is none */
  updateUser(userId: string, change: Pick<User, 'name'>): Promise<User | null>
  /**
   * Sets roles, disables (which ends every session in the same step) or enables. Refused unless `by` is at this moment an
   * admin who is not disabled: two admins who take each other's role at once cannot both succeed.
   */
  setAccess(
    change: AccessChange,
  ): Promise<{ outcome: 'changed'; user: User; ended: string[] } | { outcome: 'unknown' | 'refused' }>
  /**
   * Removes the account with its credential, sessions and activity, and frees its canonical `address`. Refused when the
   * credential is of another version than `from`, and for whoever has the role `admin`.
   */
  delete(userId: string, address: string, from: number): Promise<Ended<'deleted'>>
  /**
   * Accounts with a search term that begins with `prefix`, in the order of their first such term; for an empty prefix all,
   * the newest first. Each account once, and every account that can log in, at the latest some seconds after its creation.
   *
   * @returns `limit` users, fewer only at the end, where `next` is null
   */
  page(request: PageRequest): Promise<{ users: User[]; next: Position | null }>
  /** The newest first. */
  activity(userId: string): Promise<Activity[]>
  /** Adds to the activity of an account that exists; where the newest entry is of the same type, the two become one. */
  appendActivity(userId: string, activity: Activity): Promise<void>
}

/** What `advance` needs to know of the policy; durations in seconds. */
export interface AdvanceRequest {
  userId: string
  sessionId: string
  /** Number of the presented token. */
  presented: number
  /** With its fraction: grace and windows are a matter of seconds. */
  now: UnixSeconds
  /** For how long the predecessor gets the same successor again. */
  grace: number
  /** A session whose newest token is older than this has expired. */
  idle: number
  limit: Limit
  /** Entered into the account's activity, in the same step, when the outcome is `reused`. */
  activity: Activity
}

export type Advance =
  | { outcome: 'advanced' | 'repeated' | 'reissued'; session: Session; user: User }
  | { outcome: 'limited'; resetAt: UnixSeconds }
  | { outcome: 'unknown' | 'revoked' | 'expired' | 'reused' }

export interface Sessions {
  /**
   * Adds a session to an account that exists, is not disabled and still has the credential of that version (a password
   * changed since it was checked opens nothing). Sessions that ran out `SESSION_KEPT_SECONDS` ago go; of more than 50 those that
   * have ended go first, then the oldest.
   */
  open(
    session: Session,
    credentialVersion: number,
    activity: Activity,
  ): Promise<{ outcome: 'opened'; user: User } | { outcome: 'refused' }>
  /**
   * Presents refresh token number `presented`. The first row that fits:
   *
   * | presented `n` | outcome |
   * | --- | --- |
   * | no such session, or its user is gone or disabled | `unknown` |
   * | session revoked | `revoked` |
   * | `now ≥ expiresAt`, or `now - advancedAt ≥ idle` | `expired` |
   * | more often than `limit` allows | `limited`: nothing changes |
   * | `n == current` | `advanced`: `parent := n`, `current := n + 1`, `advancedAt := now` |
   * | `n == parent` and `now - advancedAt ≤ grace` | `repeated`: nothing changes but the count |
   * | `n == parent`, later | `reissued`: `current := current + 1`, `advancedAt := now` |
   * | `n > current` | `advanced` from `n`: the store has lost a write, as our MAC proves that we issued `n` |
   * | anything else | `reused`: a spent or superseded token; the session is revoked in the same step |
   */
  advance(request: AdvanceRequest): Promise<Advance>
  /** The session, whatever its state, with its user; null when either is gone. */
  get(userId: string, sessionId: string): Promise<{ session: Session; user: User } | null>
  /** All sessions of the user, whatever their state, in no order. */
  list(userId: string): Promise<Session[]>
  /**
   * Ends the session. Ending one that has ended, or never was, changes nothing.
   * @returns whether the user has such a session, ended or not
   */
  revoke(userId: string, sessionId: string, now: UnixSeconds): Promise<boolean>
  /**
   * Ends every session of the user but `except` (null: every one).
   * @returns the ids of those that were running, or had ended within `END_REPEATED_SECONDS`
   */
  revokeAll(userId: string, except: string | null, now: UnixSeconds, activity: Activity): Promise<string[]>
}

/** What a mailed link is good for. */
export type LinkPurpose = 'signup' | 'verify' | 'change' | 'reset' | 'login' | 'secure'

/** A mailed link. */
export interface Link {
  purpose: LinkPurpose
  /** Null for somebody who has no account yet. */
  userId: string | null
  /** Where it was mailed to, as typed. */
  email: string
  /** Of the account's credential when the link was made; 0 where it does not matter. */
  version: number
  /** Hashes, one of which must come along; empty for none. */
  proofs: string[]
  /** How many wrong proofs it bears until it is gone. */
  tries: number
  expiresAt: UnixSeconds
}

/** One-time links, each under the hash of its token: the store never holds a token. */
export interface Links {
  put(hash: string, link: Link): Promise<void>
  /** The link, unless it was taken, is over its time or of another purpose. It stays. */
  get(hash: string, purpose: LinkPurpose, now: UnixSeconds): Promise<Link | null>
  /**
   * Takes the link away and gives it to exactly one caller: null under the conditions of `get`. Where it has proofs and `proof` is
   * none of them it stays, with one try less, and at the last it goes.
   */
  take(hash: string, purpose: LinkPurpose, now: UnixSeconds, proof?: string): Promise<Link | null>
}

/** For how long a session that has run out is kept, in seconds: a client that shows it hears that it has expired. */
export const SESSION_KEPT_SECONDS = 86_400

/** How many sessions a user has at most. */
export const MAX_SESSIONS = 50

export interface Store {
  /** Name of the driver, as `GET /api/health` shows it. */
  readonly kind: 'redis' | 'durable-objects'
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly links: Links
  /** Resolves when the store answers: to the version of its code, `unknown` where it was told none; null where it is not ours. */
  ping(): Promise<string | null>
}

/** Of a store, what renews and checks sessions: all that middleware carries. */
export interface SessionStore {
  readonly sessions: Pick<Sessions, 'advance' | 'get'>
}

/**
 * Sessions that ended before their access tokens ran out, for every isolate to read. It may be late by about a minute; who
 * needs to know for certain asks `sessions`.
 */
export interface Revocations {
  /** Lists the sessions until `until`, when the last of their access tokens has run out. */
  post(sessionIds: string[], until: UnixSeconds): Promise<void>
  /** Tells `hear` what is listed now, as it comes: what fails later takes nothing back. At most `MAX_REVOCATIONS`. */
  read(now: UnixSeconds, hear: (sessionId: string, until: UnixSeconds) => void): Promise<void>
}

/** How many listed sessions an isolate reads and remembers: about 1 MB. */
export const MAX_REVOCATIONS = 10_000

export interface LimitRequest extends Limit {
  /** What is counted, such as `login-ip:192.0.2.7`. */
  key: string
}

export interface LimitResult {
  allowed: boolean
  remaining: number
  /** When the window ends in which a refused request may be tried again. */
  resetAt: UnixSeconds
}

/** Counts events over a sliding window: the current window's, and the previous one's weighted by how much of it still counts. */
export interface Limits {
  /**
   * Takes one from each key, all in one round trip. Answers in the order of the requests; what is refused is not counted. Behind a
   * key that an isolate knows to be refused it asks for no other, whose answer is then null, and takes nothing from it.
   */
  take(requests: LimitRequest[]): Promise<(LimitResult | null)[]>
}

/** A mail in the mailbox of local runs. */
export interface KeptMail {
  id: string
  to: string
  subject: string
  text: string
  html: string
  sentAt: UnixSeconds
}

/** Where mails go that nobody is to get: only in development. Keeps the last `MAX_KEPT_MAILS`. */
export interface Mailbox {
  put(mail: KeptMail): Promise<void>
  /** The newest first. */
  list(): Promise<KeptMail[]>
}

export const MAX_KEPT_MAILS = 50
