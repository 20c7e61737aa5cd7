import { randomBytes, webcrypto } from 'node:crypto'

const SECRET_BYTES = 32
const KEY_ID_BYTES = 9

/** A fresh key pair for access tokens and a fresh secret, as the app's variables take them. */
export async function makeKeys() {
  const pair = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const { kty, crv, x, y, d } = await webcrypto.subtle.exportKey('jwk', pair.privateKey)
  const kid = randomBytes(KEY_ID_BYTES).toString('base64url')
  return {
    AUTH_KEYS: JSON.stringify([{ kty, crv, kid, alg: 'ES256', use: 'sig', x, y, d }]),
    AUTH_SECRET: randomBytes(SECRET_BYTES).toString('base64url'),
  }
}
