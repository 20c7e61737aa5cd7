import { encode } from 'jose/base64url'
import { utf8 } from './utf8.ts'

/** What is derived from one value of `AUTH_SECRET`. Keys only, so an isolate may keep it. */
export interface Secret {
  /** Names the secret inside refresh tokens and password hashes, and tells nothing about it. */
  kid: string
  refreshTokenKey: CryptoKey
  pepperKey: CryptoKey
  deviceKey: CryptoKey
}

/** The first is current; all verify. */
export type Secrets = readonly [Secret, ...Secret[]]

const HMAC_SHA256 = { name: 'HMAC', hash: 'SHA-256', length: 256 }

/**
 * Derives the keys of each secret with HKDF-SHA-256 (RFC 5869), one label a purpose.
 *
 * @param values secrets of at least 32 bytes, the current one first
 */
export async function deriveSecrets(values: readonly [Uint8Array, ...Uint8Array[]]): Promise<Secrets> {
  const [current, ...earlier] = values
  return [await deriveSecret(current), ...(await Promise.all(earlier.map(deriveSecret)))]
}

async function deriveSecret(value: Uint8Array): Promise<Secret> {
  const material = await crypto.subtle.importKey('raw', Uint8Array.from(value), 'HKDF', false, [
    'deriveKey',
    'deriveBits',
  ])
  const [kid, refreshTokenKey, pepperKey, deviceKey] = await Promise.all([
    crypto.subtle.deriveBits(hkdf('key id'), material, 48),
    crypto.subtle.deriveKey(hkdf('refresh token'), material, HMAC_SHA256, false, ['sign']),
    crypto.subtle.deriveKey(hkdf('password pepper'), material, HMAC_SHA256, false, ['sign']),
    crypto.subtle.deriveKey(hkdf('device mark'), material, HMAC_SHA256, false, ['sign']),
  ])
  return { kid: encode(new Uint8Array(kid)), refreshTokenKey, pepperKey, deviceKey }
}

function hkdf(purpose: string) {
  return { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`gatehouse ${purpose}`) }
}
