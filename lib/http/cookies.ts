/** The cookies of docs/api.md. Over plain http their names lack the prefix and they lack `Secure`, so that every browser keeps them. */
import type { SignedIn } from '../auth/open-session.ts'
import type { UnixSeconds } from '../store/contract.ts'

/** `form`: what was typed; `login`: a mailed log-in that is waited for; `device`: see `lib/auth/device.ts`. */
export type CookieName = 'access' | 'refresh' | 'form' | 'login' | 'device'

/** The value of the cookie that the request carries, or null. */
export function readCookie(headers: Headers, name: CookieName, url: URL): string | null {
  const prefix = `${fullName(name, url)}=`
  for (const part of readParts(headers)) {
    const start = blanksBefore(part)
    if (part.startsWith(prefix, start)) return part.slice(start + prefix.length)
  }
  return null
}

/** The `Set-Cookie` values that deliver a session's tokens. Without `remember`, the refresh token ends with the browser session. */
export function sessionCookies(
  { session, accessToken, accessExpiresAt, refreshToken }: SignedIn,
  url: URL,
  now: UnixSeconds,
): string[] {
  return [
    setCookie('access', accessToken, url, accessExpiresAt - now),
    setCookie('refresh', refreshToken, url, session.remember ? session.expiresAt - now : null),
  ]
}

/** The `Set-Cookie` values that take both tokens away. */
export function clearedSessionCookies(url: URL): string[] {
  return [setCookie('access', '', url, 0), setCookie('refresh', '', url, 0)]
}

/** How long a browser is known after its last sign-in, in seconds. Browsers keep a cookie for 400 days at most. */
const DEVICE_TTL = 365 * 86_400

/** The `Set-Cookie` value of a browser's mark (`lib/auth/device.ts`). */
export function deviceCookie(mark: string, url: URL): string {
  return setCookie('device', mark, url, DEVICE_TTL)
}

/** @param maxAge seconds; null for a cookie that ends with the browser session */
export function setCookie(name: CookieName, value: string, url: URL, maxAge: number | null): string {
  const age = maxAge === null ? '' : `; Max-Age=${maxAge}`
  return `${fullName(name, url)}=${value}; Path=/; HttpOnly${isSecure(url) ? '; Secure' : ''}; SameSite=Lax${age}`
}

/** The request's `Cookie` header with these cookies replaced, or removed where null: what runs behind a renewal reads the new ones. */
export function withCookies(headers: Headers, cookies: Partial<Record<CookieName, string | null>>, url: URL): string {
  const replaced = new Map(Object.entries(cookies).map(([name, value]) => [fullName(name as CookieName, url), value]))
  const kept = readParts(headers)
    .map((part) => part.slice(blanksBefore(part)))
    .filter((pair) => pair && !replaced.has(pair.split('=', 1).join()))
  const added = [...replaced].flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`]))
  return [...kept, ...added].join('; ')
}

function readParts(headers: Headers): string[] {
  return headers.get('cookie')?.split(';') ?? []
}

/**
 * How many blanks stand before a pair `name=value`. Spaces and tabs, no other white space: a sibling domain may set a cookie whose
 * name is ours behind that, and a browser does not take it for a name with `__Host-`.
 */
function blanksBefore(part: string): number {
  let count = 0
  while (part[count] === ' ' || part[count] === '\t') count += 1
  return count
}

function fullName(name: CookieName, url: URL): string {
  return isSecure(url) ? `__Host-${name}` : name
}

function isSecure(url: URL): boolean {
  return url.protocol === 'https:'
}
