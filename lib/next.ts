/** Border file: who is signed in, for pages. Route handlers ask `lib/auth/authenticate.ts` with their own request. */
import { headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { cache } from 'react'
import { type AuthenticatedUser, authenticate, authenticateFresh, type FreshUser } from './auth/authenticate.ts'
import { readPresented } from './http/endpoint.ts'
import { currentPlatform, URL_HEADER } from './platform.ts'
import { openSessionServices } from './services.ts'

/** Once per request: pages, layouts and components may all ask. */
const readSession = cache(async () => {
  const requestHeaders = await headers()
  const url = new URL(requestHeaders.get(URL_HEADER) ?? 'https://unknown.invalid')
  const { services } = await openSessionServices(currentPlatform(), url.origin)
  return { services, presented: readPresented(requestHeaders, url), path: url.pathname + url.search }
})

const readUser = cache(async () => {
  const { services, presented } = await readSession()
  return authenticate(services, presented)
})

const readFreshUser = cache(async () => {
  const { services, presented } = await readSession()
  return authenticateFresh(services, presented)
})

/**
 * Who is signed in, or null. By default as the access token says: verified by signature, at most one access lifetime old,
 * without asking the store. With `fresh`, as the store says now, in one round trip.
 *
 * @throws {StoreUnavailable} with `fresh`, when the store is out of reach
 */
export function getUser(options?: { fresh?: false }): Promise<AuthenticatedUser | null>
export function getUser(options: { fresh: true }): Promise<FreshUser | null>
export function getUser({ fresh = false }: { fresh?: boolean } = {}): Promise<AuthenticatedUser | FreshUser | null> {
  return fresh ? readFreshUser() : readUser()
}

/** Like `getUser`; a visitor who is not signed in is sent to log in, and back here afterwards. */
export function requireUser(options?: { fresh?: false }): Promise<AuthenticatedUser>
export function requireUser(options: { fresh: true }): Promise<FreshUser>
export async function requireUser({ fresh = false }: { fresh?: boolean } = {}): Promise<AuthenticatedUser | FreshUser> {
  const user = await (fresh ? readFreshUser() : readUser())
  if (user) return user
  const { path } = await readSession()
  redirect(`/login?${new URLSearchParams({ next: path })}`)
}
