import { encode } from 'jose/base64url'
import type { PrivateJwk } from '../../lib/auth/signing-keys.ts'
import { aSecret } from '../../tests/support/keys.ts'

/** Who everybody under measurement takes themselves for; `connection.ts` addresses its host. */
export const ISSUER = 'http://auth.example.com'

/** In nobody's way. */
const LIMITS = Object.fromEntries(
  ['LOGIN_IP', 'LOGIN_ACCOUNT', 'SIGNUP_IP', 'REFRESH'].map((name) => [`AUTH_LIMIT_${name}`, '100000000/1m']),
)

/** Variables of Gatehouse, without a store. */
export function ownSettings(jwk: PrivateJwk): Record<string, string> {
  return { AUTH_KEYS: JSON.stringify([jwk]), AUTH_SECRET: encode(aSecret()), AUTH_ISSUER: ISSUER, ...LIMITS }
}

export function redisSettings({ url, token }: { url: string; token: string }): Record<string, string> {
  return { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token }
}
