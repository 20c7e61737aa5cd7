/** Border file: who is signed in, for pages. Route handlers find the same two functions in their `Exchange`. */
import { headers } from 'next/headers'
import { forbidden, redirect } from 'next/navigation'
import { cache } from 'react'
import type { AuthenticatedUser, FreshUser } from './auth/authenticate.ts'
import { currentUser } from './auth/current-user.ts'
import type { Services } from './auth/services.ts'
import { type CookieName, readCookie } from './http/cookies.ts'
import { readPresented } from './http/endpoint.ts'
import { currentPlatform, URL_HEADER } from './platform.ts'
import { openServices } from './services.ts'

/** Once per request: pages, layouts and components may all ask. */
const readRequest = cache(async () => {
  const requestHeaders = await headers()
  const url = new URL(requestHeaders.get(URL_HEADER) ?? 'https://unknown.invalid')
  const { services } = await openServices(currentPlatform(), url.origin)
  return {
    services,
    ask: currentUser(services, readPresented(requestHeaders, url)),
    path: url.pathname + url.search,
    cookie: (name: CookieName) => readCookie(requestHeaders, name, url),
  }
})

/** The services of this request, for pages that show more than who is signed in. */
export async function getServices(): Promise<Services> {
  return (await readRequest()).services
}

/** The value of one of our cookies, or null. Not by `cookies()` of Next, which knows no prefix that a name must have here. */
export async function getCookie(name: CookieName): Promise<string | null> {
  return (await readRequest()).cookie(name)
}

/**
 * Who is signed in, or null. By default as the access token says: verified by signature, at most one access lifetime old,
 * without asking the store. With `fresh`, as the store says now, in one round trip. However often it is asked, it is found
 * out once per request.
 *
 * @throws {StoreUnavailable} with `fresh`, when the store is out of reach
 */
export function getUser(options?: { fresh?: false }): Promise<AuthenticatedUser | null>
export function getUser(options: { fresh: true }): Promise<FreshUser | null>
export async function getUser({ fresh = false } = {}): Promise<AuthenticatedUser | FreshUser | null> {
  const { ask } = await readRequest()
  return fresh ? ask({ fresh }) : ask()
}

/**
 * Like `getUser`; a visitor who is not signed in is sent to log in, and back here afterwards. With `verified`, which asks the
 * store too, one whose address is not verified is sent to the page that tells how.
 */
export function requireUser(options?: { fresh?: false }): Promise<AuthenticatedUser>
export function requireUser(options: { fresh: true } | { verified: true }): Promise<FreshUser>
export async function requireUser({ fresh = false, verified = false } = {}): Promise<AuthenticatedUser | FreshUser> {
  const user = await (fresh || verified ? getUser({ fresh: true }) : getUser())
  const next = new URLSearchParams({ next: (await readRequest()).path })
  if (!user) redirect(`/login?${next}`)
  if (verified && 'emailVerified' in user && !user.emailVerified) redirect(`/verify-email?${next}`)
  return user
}

/**
 * Like `requireUser`, for one role; who is signed in without it gets the page `app/forbidden.tsx`, with status 403. A role
 * that the access token names may have been taken away up to an access lifetime ago: ask `fresh` where that matters.
 */
export function requireRole(role: string, options?: { fresh?: false }): Promise<AuthenticatedUser>
export function requireRole(role: string, options: { fresh: true }): Promise<FreshUser>
export async function requireRole(role: string, { fresh = false } = {}): Promise<AuthenticatedUser | FreshUser> {
  const user = await (fresh ? requireUser({ fresh }) : requireUser())
  return user.roles.includes(role) ? user : forbidden()
}
