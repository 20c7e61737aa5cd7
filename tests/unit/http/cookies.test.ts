import { describe, expect, it } from 'vitest'
import { clearedSessionCookies, readCookie, sessionCookies, setCookie, withCookies } from '../../../lib/http/cookies.ts'
import { aSession, aUser, NOW } from '../../support/builders.ts'

const HTTPS = new URL('https://auth.example.com/')
const HTTP = new URL('http://localhost:3000/')

function signedIn(remember: boolean) {
  return {
    user: aUser(),
    session: aSession({ remember, expiresAt: NOW + 86_400 }),
    accessToken: 'header.payload.signature',
    accessExpiresAt: NOW + 600,
    refreshToken: 'v1.a.b',
  }
}

describe('the cookies of a session', () => {
  it('are host-only, hidden from scripts and sent over https only', () => {
    expect(sessionCookies(signedIn(true), HTTPS, NOW)).toEqual([
      '__Host-access=header.payload.signature; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600',
      '__Host-refresh=v1.a.b; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=86400',
    ])
  })

  it('end with the browser session when nobody asked to be remembered', () => {
    expect(sessionCookies(signedIn(false), HTTPS, NOW)[1]).toBe(
      '__Host-refresh=v1.a.b; Path=/; HttpOnly; Secure; SameSite=Lax',
    )
  })

  it('last as long as what is left of the session', () => {
    const [access, refresh] = sessionCookies(signedIn(true), HTTPS, NOW + 500)
    expect(access).toMatch(/; Max-Age=100$/)
    expect(refresh).toMatch(/; Max-Age=85900$/)
  })

  it('have other names over plain http, so that every browser keeps them', () => {
    expect(sessionCookies(signedIn(true), HTTP, NOW)).toEqual([
      'access=header.payload.signature; Path=/; HttpOnly; SameSite=Lax; Max-Age=600',
      'refresh=v1.a.b; Path=/; HttpOnly; SameSite=Lax; Max-Age=86400',
    ])
  })

  it('are cleared under the same names and attributes', () => {
    expect(clearedSessionCookies(HTTPS)).toEqual([
      '__Host-access=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0',
      '__Host-refresh=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0',
    ])
    expect(clearedSessionCookies(HTTP)).toEqual([
      'access=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
      'refresh=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0',
    ])
  })

  it('come with a third, for what was typed into a form', () => {
    expect(setCookie('form', 'e30', HTTPS, 120)).toBe(
      '__Host-form=e30; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=120',
    )
  })
})

describe('a cookie is read', () => {
  it.each([
    ['alone', '__Host-access=token', 'token'],
    ['among others', 'a=b; __Host-access=token; c=d', 'token'],
    ['without spaces', 'a=b;__Host-access=token;c=d', 'token'],
    ['with = in its value', '__Host-access=to=ken==', 'to=ken=='],
    ['empty', '__Host-access=', ''],
    ['the first of two', '__Host-access=one; __Host-access=two', 'one'],
    ['not by the end of another name', 'x__Host-access=token', null],
    ['not by the beginning of another name', '__Host-access2=token', null],
    ['not by its name over http', 'access=token', null],
    ['not by its name in other letters', '__host-access=token', null],
    ['among tabs and spaces', 'a=b;\t __Host-access=token;  c=d', 'token'],
    // A sibling domain may set this one: to a browser, its name has no prefix.
    ['not behind another white space', '\u00a0__Host-access=theirs; __Host-access=ours', 'ours'],
    ['not out of the value of another', 'a="; __host-access=token"', null],
    ['not without a value', '__Host-access', null],
    ['not out of nothing', '', null],
  ])('%s', (_, cookie, value) => {
    expect(readCookie(new Headers({ cookie }), 'access', HTTPS)).toBe(value)
  })

  it('under its other name over plain http', () => {
    const headers = new Headers({ cookie: '__Host-refresh=secure; refresh=plain' })
    expect(readCookie(headers, 'refresh', HTTP)).toBe('plain')
    expect(readCookie(headers, 'refresh', HTTPS)).toBe('secure')
  })

  it('or is absent when there are none', () => {
    expect(readCookie(new Headers(), 'access', HTTPS)).toBeNull()
  })
})

describe('what runs behind a renewal reads', () => {
  it.each([
    ['new tokens instead of the old', 'a=b; __Host-access=old; __Host-refresh=old; c=d', 'a=b; c=d'],
    ['new tokens instead of several old', '__Host-access=1; x=y; __Host-access=2; __Host-refresh=3', 'x=y'],
    [
      'new tokens beside names that theirs begin',
      '__Host-access2=x; __Host-accesss',
      '__Host-access2=x; __Host-accesss',
    ],
    ['new tokens and the plain names', 'access=x', 'access=x'],
    ['new tokens behind another white space', '\u00a0__Host-access=x', '\u00a0__Host-access=x'],
  ])('%s', (_, cookie, kept) => {
    const replaced = withCookies(new Headers({ cookie }), { access: 'new', refresh: 'next' }, HTTPS)
    expect(replaced).toBe(`${kept}; __Host-access=new; __Host-refresh=next`)
  })

  it('new tokens where there were none', () => {
    expect(withCookies(new Headers(), { access: 'new' }, HTTPS)).toBe('__Host-access=new')
  })

  it('nothing instead of tokens that were refused', () => {
    const headers = new Headers({ cookie: 'access=old; refresh=old; theme=dark' })
    expect(withCookies(headers, { access: null, refresh: null }, HTTP)).toBe('theme=dark')
  })
})
