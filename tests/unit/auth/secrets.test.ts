import { expect, it } from 'vitest'
import { deriveSecrets, type Secret } from '../../../lib/auth/secrets.ts'
import { aSecret } from '../../support/keys.ts'

async function sign(key: CryptoKey): Promise<string> {
  return String(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode('message'))))
}

async function derive(value: Uint8Array): Promise<Secret> {
  const [secret] = await deriveSecrets([value])
  return secret
}

it('derives the same keys from the same secret, in every isolate', async () => {
  const value = aSecret()
  const [one, other] = [await derive(value), await derive(Uint8Array.from(value))]
  expect(one.kid).toBe(other.kid)
  expect(await sign(one.refreshTokenKey)).toBe(await sign(other.refreshTokenKey))
  expect(await sign(one.pepperKey)).toBe(await sign(other.pepperKey))
})

it('derives another key for each purpose and from each secret', async () => {
  const [one, other] = [await derive(aSecret()), await derive(aSecret())]
  const keys = [one.refreshTokenKey, one.pepperKey, other.refreshTokenKey, other.pepperKey]
  expect(new Set(await Promise.all(keys.map(sign))).size).toBe(4)
  expect(one.kid).not.toBe(other.kid)
})

it('gives keys that cannot be read back', async () => {
  const { refreshTokenKey, pepperKey } = await derive(aSecret())
  for (const key of [refreshTokenKey, pepperKey]) {
    expect(key.extractable).toBe(false)
    expect(key.usages).toEqual(['sign'])
  }
})

it('keeps the order: the first is current', async () => {
  const values = [aSecret(), aSecret(), aSecret()] as const
  const kids = await Promise.all(values.map(async (value) => (await derive(value)).kid))
  expect((await deriveSecrets(values)).map(({ kid }) => kid)).toEqual(kids)
})
