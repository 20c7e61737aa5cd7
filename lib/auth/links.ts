/** Mailed links: who has the token of one has the mail. A token is 256 random bits, and the store holds but its hash. */
import { encode } from 'jose/base64url'
import type { Link, LinkPurpose } from '../store/contract.ts'
import type { Services } from './services.ts'
import { utf8 } from './utf8.ts'

const TOKEN_BYTES = 32

/** How long a link works, in seconds. */
const LIFETIMES: Record<LinkPurpose, number> = {
  signup: 86_400,
  verify: 86_400,
  change: 86_400,
  reset: 30 * 60,
  login: 10 * 60,
  secure: 7 * 86_400,
}

/** The page that a link leads to: it shows a button, since scanners of mail open every link. */
const PAGES: Record<LinkPurpose, string> = {
  signup: '/signup/finish',
  verify: '/verify-email',
  change: '/verify-email',
  reset: '/reset-password',
  login: '/login/confirm',
  secure: '/secure-account',
}

/** What the link is for: an account as it is now, or an address. */
export type LinkSubject = Pick<Link, 'email'> & Partial<Pick<Link, 'userId' | 'version'>>

/** Keeps a link and gives its address. */
export async function makeLink(
  services: Pick<Services, 'store' | 'clock' | 'issuer' | 'randomBytes'>,
  purpose: LinkPurpose,
  subject: LinkSubject,
): Promise<string> {
  const token = newToken(services)
  await putLink(services, purpose, token, subject)
  return linkUrl(services, purpose, token)
}

/** @param proofs see `Link` */
export async function putLink(
  { store, clock }: Pick<Services, 'store' | 'clock'>,
  purpose: LinkPurpose,
  token: string,
  { email, userId = null, version = 0 }: LinkSubject,
  { proofs, tries }: Pick<Link, 'proofs' | 'tries'> = { proofs: [], tries: 0 },
): Promise<void> {
  const expiresAt = clock() + LIFETIMES[purpose]
  await store.links.put(await hashToken(token), { purpose, userId, email, version, proofs, tries, expiresAt })
}

/** Where a link leads. From the issuer, never from what a request says of its host. */
export function linkUrl({ issuer }: Pick<Services, 'issuer'>, purpose: LinkPurpose, token: string): string {
  return `${issuer}${PAGES[purpose]}?${new URLSearchParams({ token })}`
}

/** The link with this token, which stays. */
export async function findLink({ store, clock }: Services, purpose: LinkPurpose, token: string): Promise<Link | null> {
  return isToken(token) ? store.links.get(await hashToken(token), purpose, clock()) : null
}

/** The link with this token: for one caller only. */
export async function takeLink(
  { store, clock }: Services,
  purpose: LinkPurpose,
  token: string,
  proof?: string,
): Promise<Link | null> {
  return isToken(token) ? store.links.take(await hashToken(token), purpose, clock(), proof) : null
}

export function newToken({ randomBytes }: Pick<Services, 'randomBytes'>): string {
  return encode(randomBytes(TOKEN_BYTES))
}

/** SHA-256, base64url. Of what is as random as a token, no slower hash is needed. */
export async function hashToken(token: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(token))))
}

function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}
