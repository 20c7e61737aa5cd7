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
}

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
  /** When `current` was issued. */
  advancedAt: UnixSeconds
  createdAt: UnixSeconds
  /** The end, however much the session is used. */
  expiresAt: UnixSeconds
  remember: boolean
  userAgent: string
  ip: string
  revokedAt: UnixSeconds | null
  refreshes: RefreshCount
}

/** `limit` events in a sliding window of `window` seconds. */
export interface Limit {
  limit: number
  /** Seconds. */
  window: number
}

export interface NewAccount {
  user: User
  /** Canonical form of `user.email`; unique among accounts. */
  address: string
  passwordHash: string
  /** Opened together with the account, so that nobody has the one without the other. */
  session: Session
}

export interface Accounts {
  /** Creates the account, its credential (version 1) and its first session, or none of them. */
  create(account: NewAccount): Promise<'created' | 'email_taken'>
  /** The credential of the account that owns the canonical `address`. */
  credentialByEmail(address: string): Promise<Credential | null>
  /**
   * Replaces the hash `from` by `to`, two hashes of one password. The version stays, sessions go on.
   * @returns false when the stored hash is not `from` (any more)
   */
  rehash(userId: string, from: string, to: string): Promise<boolean>
}

/** What `advance` needs to know of the policy; durations in seconds. */
export interface AdvanceRequest {
  userId: string
  sessionId: string
  /** Number of the presented token. */
  presented: number
  now: UnixSeconds
  /** For how long the predecessor gets the same successor again. */
  grace: number
  /** A session whose newest token is older than this has expired. */
  idle: number
  limit: Limit
}

export type Advance =
  | { outcome: 'advanced' | 'repeated' | 'reissued'; session: Session; user: User }
  | { outcome: 'limited'; resetAt: UnixSeconds }
  | { outcome: 'unknown' | 'revoked' | 'expired' | 'reused' }

export interface Sessions {
  /**
   * Adds a session to an account that exists, is not disabled and still has the credential of that version (a password
   * changed since it was checked opens nothing). Of more than 50 sessions those that have ended go first, then the oldest.
   */
  open(session: Session, credentialVersion: number): Promise<{ outcome: 'opened'; user: User } | { outcome: 'refused' }>
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
  /** Ends the session. Ending one that has ended, or never was, changes nothing. */
  revoke(userId: string, sessionId: string, now: UnixSeconds): Promise<void>
}

/** How many sessions a user has at most. */
export const MAX_SESSIONS = 50

export interface Store {
  /** Name of the driver, as `GET /api/health` shows it. */
  readonly kind: 'redis' | 'durable-objects'
  readonly accounts: Accounts
  readonly sessions: Sessions
  /** Resolves when the store answers. */
  ping(): Promise<void>
}

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
  /** Takes one from each key, all in one round trip. Answers in the order of the requests; what is refused is not counted. */
  take(requests: LimitRequest[]): Promise<LimitResult[]>
}
