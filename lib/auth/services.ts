import type { Limit, Limits, SessionStore, Store, UnixSeconds } from '../store/contract.ts'
import type { AccessTokenVerifier, KeyRing } from './access-token.ts'
import type { SecurityEvent } from './events.ts'
import type { Mailer } from './mail.ts'
import type { PasswordServices } from './passwords.ts'
import type { RevocationList } from './revocation-list.ts'
import type { RolePolicy } from './roles.ts'
import type { Secrets } from './secrets.ts'
import type { PublicKeySet } from './signing-keys.ts'

/** Durations in seconds. */
export interface SessionPolicy {
  accessTtl: number
  sessionTtl: number
  rememberedSessionTtl: number
  sessionIdle: number
  refreshGrace: number
  refreshLimit: Limit
}

export interface LimitPolicy {
  loginIp: Limit
  loginAccount: Limit
  signupIp: Limit
  /** Of requests for mail: of one client, and to one address. */
  forgotIp: Limit
  forgotAccount: Limit
}

/** `open`: an account works at once, and its address is verified later. `verify-first`: there is none before the proof. */
export type SignupPolicy = 'open' | 'verify-first'

/** The world of a signed-in request: what renewing, reading and ending a session takes. Middleware needs no more. */
export interface SessionServices {
  /** Whole seconds. */
  clock(): UnixSeconds
  /** With its fraction, for what is a matter of seconds. */
  exactClock(): UnixSeconds
  /** `iss` and `aud` of our tokens. */
  issuer: string
  keys: KeyRing
  secrets: Secrets
  accessTokens: AccessTokenVerifier
  store: SessionStore
  sessionPolicy: SessionPolicy
  rolePolicy: RolePolicy
  /** Sessions that ended while their access tokens are good, as far as this isolate knows. */
  revoked: Pick<RevocationList, 'has'>
  /**
   * Tells every isolate, beside the request, that the sessions have ended. What fails there is logged.
   *
   * @param ending what ends them, where that is still on its way: called in the same tick, the news can travel along
   */
  announceEnd(sessionIds: string[], ending?: Promise<unknown>): void
  record(event: SecurityEvent): void
}

/** The whole world, with what signing in takes on top. */
export interface Services extends SessionServices {
  store: Store
  /** Starts `work` at once and lets it go on after the answer. What fails there is logged. */
  later(work: () => Promise<void>): void
  /** What `GET /.well-known/jwks.json` shows. */
  publicKeySet: PublicKeySet
  passwords: PasswordServices
  limits: Limits
  limitPolicy: LimitPolicy
  signupPolicy: SignupPolicy
  /** Whether a provider of mail is configured. */
  canMail: boolean
  randomBytes(length: number): Uint8Array
}

/** The world of routes, which may mail as well. */
export interface MailingServices extends Services {
  mailer: Mailer
}

/** Longest user agent that is kept, in UTF-16 units. */
export const MAX_USER_AGENT = 256

/** Who is asking, as the border found out. */
export interface Visitor {
  /** The client's address from the platform's own header; empty when there is none. */
  ip: string
  userAgent: string
  /** What the browser keeps from earlier sign-ins (`device.ts`). */
  device: string | null
}
