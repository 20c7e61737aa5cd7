// Another service, with plain jose: who sends this access token? Run: node verify-access-token.mjs <issuer> <access token>
import { createRemoteJWKSet, jwtVerify } from 'jose'

const [issuer, token] = process.argv.slice(2)
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', issuer)) // keep it: it caches the keys, and follows their rotation
const { payload } = await jwtVerify(token, keys, { issuer, audience: issuer, algorithms: ['ES256'], typ: 'at+jwt' })

console.log(JSON.stringify({ user: payload.sub, session: payload.sid, roles: payload.roles }))
