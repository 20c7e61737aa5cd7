import type { Limit, UnixSeconds } from '../store/contract.ts'
import type { FieldIssue } from './field-messages.ts'

/** A limit that refused, or let through, a request. */
export interface LimitState extends Limit {
  /** Name of the policy, such as `login-ip`. */
  policy: string
  remaining: number
  resetAt: UnixSeconds
}

/** All that can be wrong with a request. What is wrong with us is thrown. `code` is what clients see (docs/api.md). */
export type AuthError =
  | { code: 'invalid_fields'; fields: Partial<Record<string, FieldIssue[]>> }
  | { code: 'rate_limited'; limits: LimitState[]; now: UnixSeconds }
  | { code: 'invalid_credentials' | 'email_taken' | 'unauthenticated' | 'forbidden' | 'wrong_password' | 'not_found' }
  | { code: 'invalid_link' | 'invalid_code' | 'email_unverified' }
  | { code: 'invalid_token' | 'session_expired' | 'session_revoked' | 'refresh_reused' }

export type Failure<E = AuthError> = { ok: false; error: E }
export type Result<T, E = AuthError> = { ok: true; value: T } | Failure<E>

export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

export function fail<E>(error: E): Failure<E> {
  return { ok: false, error }
}
