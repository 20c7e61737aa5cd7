/** Access tokens: JWTs after RFC 9068, signed with ES256, verified by signature alone. */
import type { JWTPayload } from 'jose'
import { jwtVerify } from 'jose/jwt/verify'
import type { UnixSeconds } from '../store/contract.ts'

/** What a verified token says. No email and no name: tokens travel. */
export interface AccessTokenClaims {
  userId: string
  sessionId: string
  roles: string[]
  expiresAt: UnixSeconds
}

export interface SigningKey {
  kid: string
  publicKey: CryptoKey
  privateKey: CryptoKey
}

/** The first signs; all verify. */
export type KeyRing = readonly [SigningKey, ...SigningKey[]]

export interface AccessTokenVerifier {
  /**
   * The claims of a token that one of our keys signed for `issuer` (also its audience) and that has not expired; null
   * for all else. Tokens that verified are remembered, so a client's second request costs a look-up.
   */
  verify(token: string, issuer: string, now: UnixSeconds): Promise<AccessTokenClaims | null>
}

/** How many verified tokens an isolate remembers: about 1 MB. */
const REMEMBERED_TOKENS = 1_000

/** Compact JWS with a 64-byte signature. The last character holds 2 bits: other spellings of the same bytes are not our token. */
const FORM = /^[\w-]+\.[\w-]+\.[\w-]{85}[AQgw]$/

/** A verifier that pins `alg`, `typ`, `iss` and `aud` and takes any key of `keys`. It holds plain data, so an isolate may keep it. */
export function accessTokenVerifier(keys: readonly Pick<SigningKey, 'kid' | 'publicKey'>[]): AccessTokenVerifier {
  const remembered = new Map<string, AccessTokenClaims & { issuer: string }>()

  async function check(token: string, issuer: string, now: UnixSeconds): Promise<AccessTokenClaims | null> {
    if (!FORM.test(token)) return null
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = keys.find((candidate) => candidate.kid === kid)
        if (!key) throw new UnknownKey()
        return key.publicKey
      },
      { algorithms: ['ES256'], typ: 'at+jwt', issuer, audience: issuer, currentDate: new Date(now * 1000) },
    )
    return readClaims(payload)
  }

  return {
    async verify(token, issuer, now) {
      const known = remembered.get(token)
      if (known) return known.issuer === issuer && known.expiresAt > now ? known : null
      const claims = await check(token, issuer, now).catch(refuse)
      if (!claims) return null
      for (const oldest of remembered.keys()) {
        if (remembered.size < REMEMBERED_TOKENS) break
        remembered.delete(oldest)
      }
      remembered.set(token, { ...claims, issuer })
      return claims
    },
  }
}

class UnknownKey extends Error {
  readonly code = 'ERR_UNKNOWN_KEY'
}

/** What jose throws about a token is an answer; anything else is a fault of ours. */
function refuse(error: unknown): null {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_')) return null
  throw error
}

function readClaims({ sub, sid, roles, exp }: JWTPayload): AccessTokenClaims | null {
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') return null
  if (!Array.isArray(roles) || !roles.every((role) => typeof role === 'string')) return null
  return { userId: sub, sessionId: sid, roles, expiresAt: exp }
}
