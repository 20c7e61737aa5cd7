import { describe, expect, it } from 'vitest'
import { FIELD_MESSAGES } from '../../../lib/auth/field-messages.ts'
import { plainPage } from '../../../lib/http/plain-page.ts'
import { type HttpError, problem, retryAfterSeconds } from '../../../lib/http/problem.ts'
import { NOW } from '../../support/builders.ts'

const BY_IP = { policy: 'login-ip', limit: 20, window: 60, remaining: 0, resetAt: NOW + 12.3 }
const BY_ACCOUNT = { policy: 'login-account', limit: 10, window: 900, remaining: 0, resetAt: NOW + 700 }
const LIMITED: HttpError = { code: 'rate_limited', limits: [BY_IP, BY_ACCOUNT], now: NOW }

const BASE = { 'content-type': 'application/problem+json', 'cache-control': 'private, no-store' }
const BEARER = { 'www-authenticate': 'Bearer' }

/** Each code, its status, and the header fields that it brings along. */
const ROWS: Record<
  HttpError['code'],
  { error?: HttpError; status: number; headers?: Record<string, string>; more?: object }
> = {
  malformed_body: { status: 400 },
  invalid_link: { status: 400 },
  invalid_code: { status: 400 },
  invalid_credentials: { status: 401, headers: BEARER },
  unauthenticated: { status: 401, headers: BEARER },
  invalid_token: { status: 401, headers: BEARER },
  session_expired: { status: 401, headers: BEARER },
  session_revoked: { status: 401, headers: BEARER },
  refresh_reused: { status: 401, headers: BEARER },
  forbidden: { status: 403 },
  wrong_password: { status: 403 },
  email_unverified: { status: 403 },
  cross_origin: { status: 403 },
  not_found: { status: 404 },
  method_not_allowed: {
    error: { code: 'method_not_allowed', allow: 'GET, HEAD' },
    status: 405,
    headers: { allow: 'GET, HEAD' },
  },
  email_taken: { status: 409 },
  body_too_large: { status: 413 },
  unsupported_media_type: { status: 415 },
  invalid_fields: {
    error: { code: 'invalid_fields', fields: { email: ['required', 'email_invalid'], name: undefined } },
    status: 422,
    more: {
      errors: {
        email: ['Please fill this in.', 'Please check this address. It should look like name@example.com.'],
      },
    },
  },
  rate_limited: {
    error: LIMITED,
    status: 429,
    headers: {
      'retry-after': '700',
      'ratelimit-policy': '"login-ip";q=20;w=60, "login-account";q=10;w=900',
      ratelimit: '"login-ip";r=0;t=13, "login-account";r=0;t=700',
    },
  },
  internal_error: {
    error: { code: 'internal_error', instance: 'urn:uuid:1' },
    status: 500,
    more: { instance: 'urn:uuid:1' },
  },
  mail_unavailable: { status: 503, headers: { 'retry-after': '5' } },
  store_unavailable: { status: 503, headers: { 'retry-after': '5' } },
}

describe('a problem', () => {
  it.each(Object.entries(ROWS))('%s', async (code, { error, status, headers, more }) => {
    const response = problem(error ?? ({ code } as HttpError), FIELD_MESSAGES)
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toEqual({ ...BASE, ...headers })
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title: expect.stringMatching(/^[A-Z].*[^.]$/),
      status,
      code,
      ...more,
    })
  })

  it('shows a detail that is safe for everyone', async () => {
    const response = problem({ code: 'internal_error', instance: 'urn:uuid:1', detail: 'AUTH_KEYS is missing' })
    expect(await response.json()).toMatchObject({ detail: 'AUTH_KEYS is missing' })
  })
})

describe('the time until the next attempt', () => {
  it('is the longest of the limits that refused, in whole seconds, and at least one', () => {
    expect(retryAfterSeconds({ limits: [BY_IP, BY_ACCOUNT], now: NOW })).toBe(700)
    expect(retryAfterSeconds({ limits: [BY_IP], now: NOW })).toBe(13)
    expect(retryAfterSeconds({ limits: [BY_IP], now: NOW + 60 })).toBe(1)
  })
})

describe('a refusal as a page', () => {
  it.each([
    ['the store is out of reach', { code: 'store_unavailable' }, 503, '5', 'You are still signed in'],
    ['too many attempts', LIMITED, 429, '700', 'You are still signed in'],
  ] as const)('says what to do: %s', async (_, error, status, retryAfter, text) => {
    const response = plainPage(error, '/account')
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('retry-after')).toBe(retryAfter)
    const html = await response.text()
    expect(html).toContain(text)
    expect(html).not.toMatch(/<script|<style|style=|\son\w+=/i)
  })
})
