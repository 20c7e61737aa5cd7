import { decode } from 'jose/base64url'
import { describe, expect, it } from 'vitest'
import type { Fields } from '../../../lib/http/body.ts'
import { type FormPage, pageOf, redirectBack, redirectOn } from '../../../lib/http/form.ts'
import type { HttpError } from '../../../lib/http/problem.ts'
import { NOW } from '../../support/builders.ts'
import { cookiesSet } from '../../support/requests.ts'

const HERE = new URL('https://auth.example.com/api/auth/login')
const PAGE = { page: '/login' }

function back(error: HttpError, fields: Record<string, string> = {}): Response {
  return redirectBack(error, PAGE, fields, HERE)
}

/** The query that a redirect leads back with. */
function queryOf(response: Response): Record<string, string> {
  const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '', HERE)
  expect([origin, pathname]).toEqual([HERE.origin, '/login'])
  return Object.fromEntries(searchParams)
}

/** What the form is going to fill in again. */
function typedIn(response: Response): unknown {
  const cookie = cookiesSet(response.headers.getSetCookie())['__Host-form']
  return cookie === undefined ? null : JSON.parse(new TextDecoder().decode(decode(cookie)))
}

describe('a form that was accepted leads on', () => {
  it('with the cookies of the answer, and without its body', async () => {
    const answer = Response.json({ user: {} }, { headers: { 'cache-control': 'private, no-store' } })
    answer.headers.append('set-cookie', 'a=1')
    answer.headers.append('set-cookie', 'b=2')
    const response = redirectOn(answer, PAGE, {})
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/dashboard')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.get('content-type')).toBeNull()
    expect(await response.text()).toBe('')
  })

  it.each([
    ['/account?tab=sessions', '/account?tab=sessions'],
    ['/日本', '/%E6%97%A5%E6%9C%AC'],
    ['//other.example', '/dashboard'],
    ['', '/dashboard'],
  ])('to next: %j becomes %s', (next, location) => {
    expect(redirectOn(new Response(), PAGE, { next }).headers.get('location')).toBe(location)
  })

  it('to the place that the route names, unless the form names another here', () => {
    const page: FormPage = { page: '/dashboard', leadsTo: '/login' }
    const to = (fields: Fields) => redirectOn(new Response(), page, fields).headers.get('location')
    expect(to({})).toBe('/login')
    expect(to({ next: '/' })).toBe('/')
    expect(to({ next: '//other.example' })).toBe('/login')
  })

  it('to the one place with next, where the form goes on from there', () => {
    const page: FormPage = { page: '/login/link', leadsTo: '/login/link?done=link', keepsNext: true }
    const to = (next: string) => redirectOn(new Response(), page, { next }).headers.get('location')
    expect(to('/account?a=b')).toBe('/login/link?done=link&next=%2Faccount%3Fa%3Db')
    expect(to('//other.example')).toBe('/login/link?done=link')
  })

  it('elsewhere when it was but a beginning', () => {
    const page: FormPage = { page: '/signup', acceptedAt: '/signup?done=signup' }
    const to = (status: number) => redirectOn(new Response(null, { status }), page, {}).headers.get('location')
    expect([to(202), to(201)]).toEqual(['/signup?done=signup', '/dashboard'])
  })
})

describe('a form that was refused leads back', () => {
  it('with the code, to be kept by no cache', () => {
    const response = back({ code: 'invalid_credentials' })
    expect(response.status).toBe(303)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(queryOf(response)).toEqual({ error: 'invalid_credentials' })
  })

  it('with the first issue of each field', () => {
    const fields = { email: ['required', 'email_invalid'], password: ['password_common'], name: [] } as const
    const response = back({
      code: 'invalid_fields',
      fields: { ...fields, email: [...fields.email], password: [...fields.password], name: [] },
    })
    expect(queryOf(response)).toEqual({ error: 'invalid_fields', email: 'required', password: 'password_common' })
  })

  it('with the seconds until the next attempt', () => {
    const limits = [{ policy: 'login-ip', limit: 20, window: 60, remaining: 0, resetAt: NOW + 42 }]
    expect(queryOf(back({ code: 'rate_limited', limits, now: NOW }))).toEqual({ error: 'rate_limited', retry: '42' })
  })

  it('with next, when that leads somewhere here', () => {
    expect(queryOf(back({ code: 'email_taken' }, { next: '/account?a=b&c=d' }))).toMatchObject({
      next: '/account?a=b&c=d',
    })
    for (const next of ['//other.example', 'javascript:alert(1)', '']) {
      expect(queryOf(back({ code: 'email_taken' }, { next }))).toEqual({ error: 'email_taken' })
    }
  })

  it('with what was typed, except the password, in a cookie of two minutes', () => {
    const fields = { email: 'ä@example.com', name: 'Ada "L"', remember: 'on', password: 'hunter2!', next: '/account' }
    const response = back({ code: 'email_taken' }, fields)
    expect(typedIn(response)).toEqual({ email: 'ä@example.com', name: 'Ada "L"', remember: true })
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-form=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=120$/)
    expect(response.headers.get('location')).not.toMatch(/hunter2|example\.com|Ada/)
  })

  it('to its part of a page that holds several, by name', () => {
    const page: FormPage = { page: '/account', form: 'password', leadsTo: '/account?done=password' }
    const response = redirectBack({ code: 'wrong_password' }, page, {}, HERE)
    expect(response.headers.get('location')).toBe('/account?error=wrong_password&form=password#password')
  })

  it('by way of the log-in who is not signed in any more, and keeps nothing that was typed', () => {
    const page: FormPage = { page: '/admin/users/1', form: 'access', leadsTo: '/admin' }
    const fields = { email: 'ada@example.com', name: 'Ada', next: '/dashboard' }
    const response = redirectBack({ code: 'unauthenticated' }, page, fields, HERE)
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login?next=%2Fadmin%2Fusers%2F1'])
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it('with the token of a mailed link in the cookie, and in no address', () => {
    const response = back({ code: 'invalid_fields', fields: { password: ['password_common'] } }, { token: 'the-token' })
    expect(typedIn(response)).toEqual({ remember: false, token: 'the-token' })
    expect(response.headers.get('location')).not.toContain('the-token')
  })

  it('without a cookie when nothing was typed, or more than a cookie should hold', () => {
    expect(typedIn(back({ code: 'invalid_credentials' }, { password: 'hunter2!' }))).toBeNull()
    expect(typedIn(back({ code: 'invalid_credentials' }, { email: 'x'.repeat(5_000) }))).toBeNull()
  })
})

describe('the page of a form', () => {
  it('is the one of the route, or the one for what the form does and where', () => {
    const named: FormPage = { page: '/login' }
    expect(pageOf(named, 'DELETE', HERE)).toBe(named)
    const byMethod = (method: string, { pathname }: URL): FormPage => ({ page: pathname, form: method })
    expect(pageOf(byMethod, 'DELETE', HERE)).toEqual({ page: '/api/auth/login', form: 'DELETE' })
  })
})
