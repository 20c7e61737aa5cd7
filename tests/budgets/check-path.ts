/** The least that checks a session: a bare Worker, bundled to be weighed. */
import { type AccessTokenVerifier, accessTokenVerifier } from '../../lib/auth/access-token.ts'
import { readCookie } from '../../lib/http/cookies.ts'

let verifier: AccessTokenVerifier | undefined

export default {
  async fetch(request: Request, { kid, publicKey }: { kid: string; publicKey: CryptoKey }): Promise<Response> {
    verifier ??= accessTokenVerifier([{ kid, publicKey }])
    const url = new URL(request.url)
    const token = readCookie(request.headers, 'access', url) ?? ''
    return Response.json(await verifier.verify(token, url.origin, Math.floor(Date.now() / 1_000)))
  },
}
