/** Requests as browsers and apps send them, and what comes back, for tests of `lib/http`. */
import type { SignedIn } from '../../lib/auth/open-session.ts'

export const ORIGIN = 'https://auth.example.com'

export function aRequest(path: string, init: RequestInit = {}): Request {
  return new Request(ORIGIN + path, { redirect: 'manual', ...init })
}

export function aPost(path: string, body: unknown, headers: Record<string, string> = {}): Request {
  return aRequest(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** What a page's form sends without JavaScript. */
export function aFormPost(path: string, fields: Record<string, string>, headers: Record<string, string> = {}): Request {
  return aRequest(path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { accept: 'text/html', origin: ORIGIN, 'sec-fetch-site': 'same-origin', ...headers },
  })
}

/** The cookies of a session, as a browser sends them. */
export function sessionCookie({ accessToken, refreshToken }: Pick<SignedIn, 'accessToken' | 'refreshToken'>): string {
  return `__Host-access=${accessToken}; __Host-refresh=${refreshToken}`
}

/** The values of `Set-Cookie` fields by name. */
export function cookiesSet(setCookies: string[]): Record<string, string> {
  return Object.fromEntries(setCookies.map((cookie) => (cookie.split(';', 1)[0] ?? '').split(/=(.*)/s, 2)))
}
