/** What `tests/budgets/check-path.ts` weighs, with a key: the least of `lib/` that checks a session. */
import { type AccessTokenVerifier, accessTokenVerifier } from '../../lib/auth/access-token.ts'
import { readCookie } from '../../lib/http/cookies.ts'

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' }

let verifier: AccessTokenVerifier | undefined

export default {
  async fetch(request: Request, { KEY }: { KEY: string }): Promise<Response> {
    verifier ??= await openVerifier(KEY)
    const url = new URL(request.url)
    const token = readCookie(request.headers, 'access', url) ?? ''
    const claims = await verifier.verify(token, url.origin, Math.floor(Date.now() / 1_000))
    return claims ? Response.json({ id: claims.userId }) : new Response(null, { status: 401 })
  },
}

async function openVerifier(key: string): Promise<AccessTokenVerifier> {
  const { kid, kty, crv, x, y } = JSON.parse(key)
  const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, ES256, false, ['verify'])
  return accessTokenVerifier([{ kid, publicKey }])
}
