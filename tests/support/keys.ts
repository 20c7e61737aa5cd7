import { encode } from 'jose/base64url'
import { deriveSecrets, type Secrets } from '../../lib/auth/secrets.ts'
import type { PrivateJwk } from '../../lib/auth/signing-keys.ts'

/** A fresh key pair. */
export async function aPrivateJwk(kid: string = crypto.randomUUID()): Promise<PrivateJwk> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  if (!('privateKey' in pair)) throw new Error('not a pair')
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey)
  if (jwk instanceof ArrayBuffer || !jwk.x || !jwk.y || !jwk.d) throw new Error('not a private key')
  const { x, y, d } = jwk
  return { kty: 'EC', crv: 'P-256', kid, x, y, d }
}

/** Keys of fresh secrets, as many as asked for. */
export function someSecrets(count = 1): Promise<Secrets> {
  const values = Array.from({ length: count - 1 }, aSecret)
  return deriveSecrets([aSecret(), ...values])
}

export function aSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(32))
}

/** JSON and base64url, as the parts of a JWS are written. */
export function jwsPart(value: unknown): string {
  return encode(JSON.stringify(value))
}
