/**
 * Refresh tokens are derived, not stored: `v1.<kid>.<userId>.<sessionId>.<number>.<mac>`, the MAC being HMAC-SHA-256 over
 * all before it. What is forged is refused without asking the store, and one number always yields one token.
 */
import { encode } from 'jose/base64url'
import { equalInConstantTime } from './constant-time.ts'
import type { Secret, Secrets } from './secrets.ts'
import { utf8 } from './utf8.ts'

export interface RefreshTokenClaims {
  userId: string
  sessionId: string
  /** Place in the session's order of issue, from 1. */
  number: number
}

const FORM = /^(v1\.([\w-]{8})\.([\w-]{22})\.([\w-]{22})\.([1-9]\d{0,14}))\.([\w-]{43})$/

/** Writes the token under the current secret. */
export async function signRefreshToken([current]: Secrets, claims: RefreshTokenClaims): Promise<string> {
  const body = `v1.${current.kid}.${claims.userId}.${claims.sessionId}.${claims.number}`
  return `${body}.${await mac(current, body)}`
}

/** The claims of a token that we issued under any of `secrets`; null for all else, however close. */
export async function verifyRefreshToken(secrets: Secrets, token: string): Promise<RefreshTokenClaims | null> {
  const [, body, kid, userId, sessionId, number, presented] = FORM.exec(token) ?? []
  if (!body || !userId || !sessionId || !presented) return null
  const secret = secrets.find((candidate) => candidate.kid === kid)
  if (!secret) return null
  // Compared as text: base64url has several spellings of the same bytes, and only ours is our token.
  if (!equalInConstantTime(utf8(presented), utf8(await mac(secret, body)))) return null
  return { userId, sessionId, number: Number(number) }
}

async function mac(secret: Secret, body: string): Promise<string> {
  return encode(new Uint8Array(await crypto.subtle.sign('HMAC', secret.refreshTokenKey, utf8(body))))
}
