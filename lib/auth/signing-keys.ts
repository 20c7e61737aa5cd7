import { CompactSign } from 'jose/jws/compact/sign'
import type { UnixSeconds } from '../store/contract.ts'
import type { AccessTokenClaims, KeyRing, SigningKey } from './access-token.ts'
import { utf8 } from './utf8.ts'

/** A private P-256 key as JWK (RFC 7517, RFC 7518 §6.2). */
export interface PrivateJwk {
  kty: 'EC'
  crv: 'P-256'
  kid: string
  x: string
  y: string
  d: string
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

/**
 * Imports the keys once; the first signs, all verify.
 *
 * @throws {Error} (a `DataError`) when a key is not a point on the curve, or its halves don't belong together
 */
export async function importKeyRing([signing, ...others]: readonly [PrivateJwk, ...PrivateJwk[]]): Promise<KeyRing> {
  return [await importKey(signing), ...(await Promise.all(others.map(importKey)))]
}

async function importKey(jwk: PrivateJwk): Promise<SigningKey> {
  const { kid, kty, crv, x, y, d } = jwk
  const [publicKey, privateKey] = await Promise.all([
    crypto.subtle.importKey('jwk', { kty, crv, x, y }, ES256, false, ['verify']),
    crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, ES256, false, ['sign']),
  ])
  return { kid, publicKey, privateKey }
}

/** The key set that verifiers read (RFC 7517 §5). */
export interface PublicKeySet {
  keys: (Omit<PrivateJwk, 'd'> & { alg: 'ES256'; use: 'sig' })[]
}

/** The public halves, field by field: what is not listed cannot get out. */
export function publicKeySet(keys: readonly PrivateJwk[]): PublicKeySet {
  return { keys: keys.map(({ kid, kty, crv, x, y }) => ({ kid, kty, crv, x, y, alg: 'ES256', use: 'sig' })) }
}

/** Signs an access token for `issuer`, which is its audience too. */
export function signAccessToken(
  [key]: KeyRing,
  issuer: string,
  { userId, sessionId, roles, expiresAt }: AccessTokenClaims,
  now: UnixSeconds,
): Promise<string> {
  const claims = { iss: issuer, aud: issuer, sub: userId, sid: sessionId, roles, iat: now, exp: expiresAt }
  // As a JWS: jose's builder of claims would clone them first.
  return new CompactSign(utf8(JSON.stringify(claims)))
    .setProtectedHeader({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' })
    .sign(key.privateKey)
}
