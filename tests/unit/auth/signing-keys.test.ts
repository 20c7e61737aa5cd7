import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { encode } from 'jose/base64url'
import { describe, expect, it } from 'vitest'
import { importKeyRing, publicKeySet, signAccessToken } from '../../../lib/auth/signing-keys.ts'
import { NOW } from '../../support/builders.ts'
import { aPrivateJwk } from '../../support/keys.ts'
import { ISSUER } from '../../support/world.ts'

const CLAIMS = { userId: 'user', sessionId: 'session', roles: ['user', 'admin'], expiresAt: NOW + 600 }

describe('the token that we sign', () => {
  it('is of the profile of RFC 9068, and says nothing else', async () => {
    const jwk = await aPrivateJwk('first')
    const token = await signAccessToken(await importKeyRing([jwk, await aPrivateJwk()]), ISSUER, CLAIMS, NOW)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: 'first', typ: 'at+jwt' })
    expect(decodeJwt(token)).toEqual({
      iss: ISSUER,
      aud: ISSUER,
      sub: 'user',
      sid: 'session',
      roles: ['user', 'admin'],
      iat: NOW,
      exp: NOW + 600,
    })
  })

  it('verifies for anyone who reads the key set', async () => {
    const jwks = [await aPrivateJwk(), await aPrivateJwk()] as const
    const token = await signAccessToken(await importKeyRing([jwks[1]]), ISSUER, CLAIMS, NOW)
    const published = createLocalJWKSet(JSON.parse(JSON.stringify(publicKeySet(jwks))))
    const { payload } = await jwtVerify(token, published, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: ISSUER,
      audience: ISSUER,
      currentDate: new Date(NOW * 1_000),
    })
    expect(payload.sub).toBe('user')
  })
})

describe('the key set', () => {
  it('shows the public halves and nothing else, whatever else stands in the setting', async () => {
    const jwk = { ...(await aPrivateJwk('first')), key_ops: ['sign'], ext: true, note: 'private' }
    const { kid, kty, crv, x, y } = jwk
    expect(publicKeySet([jwk])).toEqual({ keys: [{ kid, kty, crv, x, y, alg: 'ES256', use: 'sig' }] })
  })
})

describe('the key ring', () => {
  it('keeps private keys from being read back', async () => {
    const [{ privateKey, publicKey }] = await importKeyRing([await aPrivateJwk()])
    expect(privateKey.extractable).toBe(false)
    expect([privateKey.usages, publicKey.usages]).toEqual([['sign'], ['verify']])
  })

  it('refuses a key whose halves do not belong together, at whatever place', async () => {
    const [good, other] = [await aPrivateJwk(), await aPrivateJwk()]
    await expect(importKeyRing([{ ...good, d: other.d }])).rejects.toThrow()
    await expect(importKeyRing([good, { ...other, x: good.x, y: good.y }])).rejects.toThrow()
  })

  it('refuses a point that is not on the curve', async () => {
    const jwk = await aPrivateJwk()
    await expect(importKeyRing([{ ...jwk, y: encode(new Uint8Array(32)) }])).rejects.toThrow()
  })
})
