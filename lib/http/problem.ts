/** Every refusal becomes a response here: problem details (RFC 9457). */

import type { FieldIssue } from '../auth/field-messages.ts'
import type { AuthError, LimitState } from '../auth/result.ts'
import { UNCACHED } from './security-headers.ts'

/** What can be wrong with a request as such, and what is wrong with us. */
export type HttpError =
  | AuthError
  | { code: 'malformed_body' | 'body_too_large' | 'unsupported_media_type' | 'cross_origin' }
  | { code: 'store_unavailable' | 'mail_unavailable' }
  | { code: 'method_not_allowed'; allow: string }
  | {
      code: 'internal_error'
      instance: string /** For whoever deploys, and safe for everyone's eyes. */
      detail?: string
    }

const PROBLEMS: Record<HttpError['code'], { status: number; title: string }> = {
  malformed_body: { status: 400, title: 'The body could not be read' },
  invalid_link: { status: 400, title: 'That link does not work (any more)' },
  invalid_code: { status: 400, title: 'That code does not work (any more)' },
  invalid_credentials: { status: 401, title: 'That email and password do not match' },
  unauthenticated: { status: 401, title: 'Sign in first' },
  invalid_token: { status: 401, title: 'Sign in again' },
  session_expired: { status: 401, title: 'The session has expired' },
  session_revoked: { status: 401, title: 'The session has ended' },
  refresh_reused: { status: 401, title: 'The session has ended: a refresh token was used twice' },
  forbidden: { status: 403, title: 'You may not do this' },
  wrong_password: { status: 403, title: 'That is not your password' },
  email_unverified: { status: 403, title: 'Confirm your email address first' },
  cross_origin: { status: 403, title: 'This request came from another site' },
  not_found: { status: 404, title: 'There is nothing here' },
  method_not_allowed: { status: 405, title: 'That method is not allowed here' },
  email_taken: { status: 409, title: 'That address has an account' },
  body_too_large: { status: 413, title: 'The body is larger than 16 KiB' },
  unsupported_media_type: { status: 415, title: 'Send JSON or a form' },
  invalid_fields: { status: 422, title: 'Some fields need another look' },
  rate_limited: { status: 429, title: 'Too many attempts' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  mail_unavailable: { status: 503, title: 'The mail is out of reach; nothing was changed' },
  store_unavailable: { status: 503, title: 'The store is out of reach; please try again' },
}

/** Seconds after which a client may try again when something of ours was out of reach. */
const RETRY_SECONDS = 5

/**
 * The response for a refusal, with the header fields that belong to its status.
 *
 * @param messages for the issues of fields; middleware, which refuses none, goes without
 */
export function problem(error: HttpError, messages: Partial<Record<FieldIssue, string>> = {}): Response {
  const { status, title } = PROBLEMS[error.code]
  const headers = new Headers({ 'content-type': 'application/problem+json', ...UNCACHED })
  if (status === 401) headers.set('www-authenticate', 'Bearer') // RFC 9110 §15.5.2, RFC 6750 §3
  const body: Record<string, unknown> = { type: 'about:blank', title, status, code: error.code }
  switch (error.code) {
    case 'invalid_fields':
      body.errors = Object.fromEntries(
        Object.entries(error.fields).map(([field, issues]) => [
          field,
          issues?.map((issue: FieldIssue) => messages[issue] ?? issue),
        ]),
      )
      break
    case 'rate_limited':
      headers.set('retry-after', String(retryAfterSeconds(error)))
      // draft-ietf-httpapi-ratelimit-headers: q = quota, w = window, r = remaining, t = seconds until more
      headers.set(
        'ratelimit-policy',
        error.limits.map(({ policy, limit, window }) => `"${policy}";q=${limit};w=${window}`).join(', '),
      )
      headers.set(
        'ratelimit',
        error.limits
          .map((state) => `"${state.policy}";r=${state.remaining};t=${secondsLeft(state, error.now)}`)
          .join(', '),
      )
      break
    case 'mail_unavailable':
    case 'store_unavailable':
      headers.set('retry-after', String(RETRY_SECONDS))
      break
    case 'method_not_allowed':
      headers.set('allow', error.allow)
      break
    case 'internal_error':
      body.instance = error.instance
      body.detail = error.detail
      break
  }
  return new Response(JSON.stringify(body), { status, headers })
}

/** When the last of the limits that refused lets the next attempt through. At least one second. */
export function retryAfterSeconds({ limits, now }: { limits: LimitState[]; now: number }): number {
  return Math.max(...limits.map((state) => secondsLeft(state, now)))
}

function secondsLeft({ resetAt }: LimitState, now: number): number {
  return Math.max(1, Math.ceil(resetAt - now))
}
