import type { Limit, Limits, Store, UnixSeconds } from '../store/contract.ts'
import type { AccessTokenVerifier, KeyRing } from './access-token.ts'
import type { SecurityEvent } from './events.ts'
import type { PasswordServices } from './passwords.ts'
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
}

/** The world of a signed-in request: what renewing, reading and ending a session takes. Middleware needs no more. */
export interface SessionServices {
  clock(): UnixSeconds
  /** `iss` and `aud` of our tokens. */
  issuer: string
  keys: KeyRing
  secrets: Secrets
  accessTokens: AccessTokenVerifier
  store: Store
  sessionPolicy: SessionPolicy
  record(event: SecurityEvent): void
}

/** The whole world, with what signing in takes on top. */
export interface Services extends SessionServices {
  /** What `GET /.well-known/jwks.json` shows. */
  publicKeySet: PublicKeySet
  passwords: PasswordServices
  limits: Limits
  limitPolicy: LimitPolicy
  randomBytes(length: number): Uint8Array
}

/** Who is asking, as the border found out. */
export interface Visitor {
  /** The client's address from the platform's own header; empty when there is none. */
  ip: string
  userAgent: string
}
