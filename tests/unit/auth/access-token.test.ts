import { decode, encode } from 'jose/base64url'
import { describe, expect, it, vi } from 'vitest'
import { type AccessTokenClaims, accessTokenVerifier, type KeyRing } from '../../../lib/auth/access-token.ts'
import { importKeyRing, type PrivateJwk, signAccessToken } from '../../../lib/auth/signing-keys.ts'
import { NOW } from '../../support/builders.ts'
import { aPrivateJwk, jwsPart } from '../../support/keys.ts'
import { ISSUER } from '../../support/world.ts'

const jwk = await aPrivateJwk('ours')
const keys = await importKeyRing([jwk])
const claims: AccessTokenClaims = { userId: 'user', sessionId: 'session', roles: ['user'], expiresAt: NOW + 600 }
const token = await signAccessToken(keys, ISSUER, claims, NOW)

const HEADER = { alg: 'ES256', kid: 'ours', typ: 'at+jwt' }
const PAYLOAD = { iss: ISSUER, aud: ISSUER, sub: 'user', sid: 'session', roles: ['user'], iat: NOW, exp: NOW + 600 }

/** Claims by a verifier that remembers nothing. */
function verify(
  presented: string,
  { ring = keys, issuer = ISSUER, now = NOW } = {},
): Promise<AccessTokenClaims | null> {
  return accessTokenVerifier(ring).verify(presented, issuer, now)
}

/** A token with any header and claims, signed with our key or another. */
async function sign(header: object, payload: unknown, [key]: KeyRing = keys): Promise<string> {
  const input = `${jwsPart(header)}.${jwsPart(payload)}`
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, new TextEncoder().encode(input))
  return `${input}.${encode(new Uint8Array(signature))}`
}

/** A token whose signature is a MAC under `secret`: what a verifier that lets the token choose would take. */
async function mac(alg: 'HS256' | 'HS384' | 'HS512', secret: string | Uint8Array): Promise<string> {
  const input = `${jwsPart({ ...HEADER, alg })}.${jwsPart(PAYLOAD)}`
  const raw = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  const hmac = { name: 'HMAC', hash: alg.replace('HS', 'SHA-') }
  const key = await crypto.subtle.importKey('raw', raw, hmac, false, ['sign'])
  return `${input}.${encode(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(input))))}`
}

/** The public key in the forms in which verifiers hold one. */
function publicKeyForms({ kid, kty, crv, x, y }: PrivateJwk): (string | Uint8Array)[] {
  const point = Uint8Array.of(4, ...decode(x), ...decode(y))
  return [JSON.stringify({ kid, kty, crv, x, y }), JSON.stringify({ crv, kty, x, y }), point, x]
}

describe('an access token', () => {
  it('says what was signed', async () => {
    expect(await verify(token)).toEqual(claims)
    expect(await verify(await sign(HEADER, PAYLOAD))).toEqual(claims)
  })

  it('lives until the second in which it expires', async () => {
    expect(await verify(token, { now: NOW + 599 })).toEqual(claims)
    expect(await verify(token, { now: NOW + 600 })).toBeNull()
  })

  it('is refused with any character changed', async () => {
    for (let i = 0; i < token.length; i++) {
      const other = token[i] === 'A' ? 'B' : 'A'
      expect(await verify(token.slice(0, i) + other + token.slice(i + 1)), `character ${i}`).toBeNull()
    }
  })

  it('is refused in another spelling of the same signature', async () => {
    for (const last of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.replace(
      token.slice(-1),
      '',
    )) {
      expect(await verify(token.slice(0, -1) + last), last).toBeNull()
    }
    for (const other of [`${token}=`, `${token}==`, ` ${token}`, `${token}\n`, `${token}.`]) {
      expect(await verify(other)).toBeNull()
    }
  })

  it.each([
    ['nothing', ''],
    ['garbage', 'garbage'],
    ['two dots', '..'],
    ['parts that are no JSON', `AAAA.AAAA.${'A'.repeat(86)}`],
    ['JSON that is no object', `${jwsPart(null)}.${jwsPart([])}.${'A'.repeat(86)}`],
    ['a signature of zeros', `${token.slice(0, -86)}${'A'.repeat(86)}`],
    ['no signature', token.slice(0, -86)],
    ['an encrypted token', 'eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA'],
    ['a key that is everywhere', `${jwsPart({ ...HEADER, kid: '__proto__' })}.${jwsPart(PAYLOAD)}.${'A'.repeat(86)}`],
  ])('is nothing else: %s', async (_, other) => {
    expect(await verify(other)).toBeNull()
  })
})

describe('a forged token is refused', () => {
  it.each(['none', 'None', 'NONE', '', undefined, null, ['ES256']])('with alg %j', async (alg) => {
    const [, payload, signature] = token.split('.')
    const header = jwsPart({ ...HEADER, alg })
    expect(await verify(`${header}.${payload}.${signature}`)).toBeNull()
    expect(await verify(`${header}.${payload}.`)).toBeNull()
    expect(await verify(await sign({ ...HEADER, alg }, PAYLOAD))).toBeNull()
  })

  it.each(['HS256', 'HS384', 'HS512'] as const)('with the public key as the secret of %s', async (alg) => {
    for (const form of publicKeyForms(jwk)) expect(await verify(await mac(alg, form))).toBeNull()
  })

  it('signed by another key, also under the id of ours or with the key inside', async () => {
    const foreign = await aPrivateJwk()
    const ring = await importKeyRing([foreign])
    const { d: _, ...publicJwk } = foreign
    for (const header of [HEADER, { ...HEADER, kid: foreign.kid }, { ...HEADER, jwk: publicJwk }]) {
      expect(await verify(await sign(header, PAYLOAD, ring))).toBeNull()
    }
  })
})

describe('a token that our key signed is refused', () => {
  it.each([
    ['a foreign kid', { kid: 'theirs' }],
    ['no kid', { kid: undefined }],
    ['a kid that is no text', { kid: ['ours'] }],
    ['no typ', { typ: undefined }],
    ['the typ of another kind of token', { typ: 'JWT' }],
    ['another algorithm', { alg: 'ES384' }],
    ['an extension that we do not know', { crit: ['exp2'], exp2: true }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
  ])('with %s in its header', async (_, given) => {
    expect(await verify(await sign({ ...HEADER, ...given }, PAYLOAD))).toBeNull()
  })

  it.each([
    ['another issuer', { iss: 'https://other.example.com' }],
    ['no issuer', { iss: undefined }],
    ['an issuer that ours begins', { iss: `${ISSUER}/` }],
    ['another audience', { aud: 'https://other.example.com' }],
    ['no audience', { aud: undefined }],
    ['no subject', { sub: undefined }],
    ['a subject that is no text', { sub: 7 }],
    ['no session', { sid: undefined }],
    ['a session that is no text', { sid: { id: 'session' } }],
    ['no roles', { roles: undefined }],
    ['roles that are no list', { roles: 'admin' }],
    ['a role that is no text', { roles: ['user', null] }],
    ['no expiry', { exp: undefined }],
    ['an expiry in text', { exp: String(NOW + 600) }],
    ['an expiry that has passed', { exp: NOW }],
    ['a beginning that lies ahead', { nbf: NOW + 60 }],
  ])('with %s in its claims', async (_, given) => {
    expect(await verify(await sign(HEADER, { ...PAYLOAD, ...given }))).toBeNull()
  })

  it.each([null, [], 'text', 7])('with claims that are %j', async (payload) => {
    expect(await verify(await sign(HEADER, payload))).toBeNull()
  })

  it('for another issuer', async () => {
    expect(await verify(token, { issuer: 'https://other.example.com' })).toBeNull()
  })
})

describe('key rotation', () => {
  it('signs with the new key, and lets tokens of the old one live until that is gone', async () => {
    const fresh = await aPrivateJwk('fresh')
    const rotated = await importKeyRing([fresh, jwk])
    const [newOnly, oldOnly] = [await importKeyRing([fresh]), keys]
    expect(await verify(token, { ring: rotated })).toEqual(claims)

    const next = await signAccessToken(rotated, ISSUER, claims, NOW)
    expect(await verify(next, { ring: rotated })).toEqual(claims)
    expect(await verify(next, { ring: newOnly })).toEqual(claims)
    expect(await verify(next, { ring: oldOnly })).toBeNull()
    expect(await verify(token, { ring: newOnly })).toBeNull()
  })
})

describe('a verifier remembers tokens that verified', () => {
  it('and looks at their signature once', async () => {
    const verifier = accessTokenVerifier(keys)
    const signatures = vi.spyOn(crypto.subtle, 'verify')
    expect(await verifier.verify(token, ISSUER, NOW)).toMatchObject(claims)
    expect(await verifier.verify(token, ISSUER, NOW + 1)).toMatchObject(claims)
    expect(signatures).toHaveBeenCalledTimes(1)
  })

  it('but they still expire, and are still for one issuer', async () => {
    const verifier = accessTokenVerifier(keys)
    await verifier.verify(token, ISSUER, NOW)
    expect(await verifier.verify(token, ISSUER, NOW + 600)).toBeNull()
    expect(await verifier.verify(token, 'https://other.example.com', NOW)).toBeNull()
    expect(await verifier.verify(token, ISSUER, NOW + 599)).toMatchObject(claims)
  })

  it('and takes one that was verified before its time for no longer than it lives', async () => {
    const verifier = accessTokenVerifier(keys)
    expect(await verifier.verify(token, ISSUER, 0)).toMatchObject(claims)
    expect(await verifier.verify(token, ISSUER, NOW + 601)).toBeNull()
  })

  it('and no others', async () => {
    const verifier = accessTokenVerifier(keys)
    const forged = `${token.slice(0, -86)}${'A'.repeat(86)}`
    const signatures = vi.spyOn(crypto.subtle, 'verify')
    for (const attempt of [1, 2]) {
      expect(await verifier.verify(forged, ISSUER, NOW)).toBeNull()
      expect(signatures).toHaveBeenCalledTimes(attempt)
    }
  })

  it('up to a thousand, the newest', async () => {
    const verifier = accessTokenVerifier(keys)
    const tokens = await Promise.all(
      Array.from({ length: 1_001 }, (_, i) => signAccessToken(keys, ISSUER, { ...claims, sessionId: `${i}` }, NOW)),
    )
    for (const each of tokens) await verifier.verify(each, ISSUER, NOW)
    const signatures = vi.spyOn(crypto.subtle, 'verify')
    for (const each of tokens.slice(1)) await verifier.verify(each, ISSUER, NOW)
    expect(signatures).not.toHaveBeenCalled()
    expect(await verifier.verify(String(tokens[0]), ISSUER, NOW)).toMatchObject({ sessionId: '0' })
    expect(signatures).toHaveBeenCalledTimes(1)
  })
})
