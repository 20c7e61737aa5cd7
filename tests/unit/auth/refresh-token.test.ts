import { encode } from 'jose/base64url'
import { describe, expect, it, vi } from 'vitest'
import { signRefreshToken, verifyRefreshToken } from '../../../lib/auth/refresh-token.ts'
import { someSecrets } from '../../support/keys.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

const secrets = await someSecrets()
const claims = { userId: anObjectId(), sessionId: anObjectId(), number: 7 }
const token = await signRefreshToken(secrets, claims)

function anObjectId(): string {
  return encode(crypto.getRandomValues(new Uint8Array(16)))
}

/** A token over any body, as whoever had the key would write it. */
async function signBody(body: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', secrets[0].refreshTokenKey, new TextEncoder().encode(body))
  return `${body}.${encode(new Uint8Array(mac))}`
}

describe('a refresh token', () => {
  it('says what was signed', async () => {
    expect(await verifyRefreshToken(secrets, token)).toEqual(claims)
  })

  it('is derived: the same number is always the same token, another number another one', async () => {
    expect(await signRefreshToken(secrets, claims)).toBe(token)
    expect(await signRefreshToken(secrets, { ...claims, number: 8 })).not.toBe(token)
  })

  it('is refused with any character changed, left out or doubled', async () => {
    for (let i = 0; i < token.length; i++) {
      const [before, after] = [token.slice(0, i), token.slice(i + 1)]
      const others = [...'AB19-_.'].filter((other) => other !== token[i])
      for (const altered of [
        before + after,
        before + token[i] + token[i] + after,
        ...others.map((c) => before + c + after),
      ]) {
        expect(await verifyRefreshToken(secrets, altered), altered).toBeNull()
      }
    }
  })

  it('is refused in another spelling of the same bytes', async () => {
    const mac = token.slice(token.lastIndexOf('.') + 1)
    const spellings = [...ALPHABET].map((last) => mac.slice(0, -1) + last).filter((other) => other !== mac)
    const sameBytes = spellings.filter((other) => String(looselyDecode(other)) === String(looselyDecode(mac)))
    expect(sameBytes).toHaveLength(3)
    const body = token.slice(0, token.lastIndexOf('.'))
    for (const other of [...sameBytes, `${mac}=`, ` ${mac}`, `${mac}\n`]) {
      expect(await verifyRefreshToken(secrets, `${body}.${other}`)).toBeNull()
    }
  })

  it('is refused under another secret, also one that claims its key id', async () => {
    const [foreign] = await someSecrets()
    expect(await verifyRefreshToken([foreign], token)).toBeNull()
    expect(await verifyRefreshToken([{ ...foreign, kid: secrets[0].kid }], token)).toBeNull()
  })

  it('verifies under every secret of the list, and is signed under the first', async () => {
    const [fresh] = await someSecrets()
    const rotated = [fresh, ...secrets] as const
    expect(await verifyRefreshToken(rotated, token)).toEqual(claims)
    expect(await verifyRefreshToken([fresh], await signRefreshToken(rotated, claims))).toEqual(claims)
  })

  it.each([
    ['garbage', 'garbage'],
    ['nothing', ''],
    ['an access token', 'eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl'],
    ['another version', token.replace('v1.', 'v2.')],
    ['spaces around it', ` ${token} `],
    ['16 kB', token.repeat(100)],
  ])('is nothing else: %s', async (_, other) => {
    const sign = vi.spyOn(crypto.subtle, 'sign')
    expect(await verifyRefreshToken(secrets, other)).toBeNull()
    expect(sign).not.toHaveBeenCalled()
  })
})

describe('its number', () => {
  const { userId, sessionId } = claims
  const withNumber = (number: string) => signBody(`v1.${secrets[0].kid}.${userId}.${sessionId}.${number}`)

  it.each(['1', '10', '999999999999999'])('may be %s', async (number) => {
    expect(await verifyRefreshToken(secrets, await withNumber(number))).toEqual({ ...claims, number: Number(number) })
  })

  it.each(['', '0', '01', '-1', '+1', '1.5', '1e3', '0x1', ' 1', '١', '9999999999999999', 'NaN'])(
    'is never %j, whoever signed it',
    async (number) => {
      expect(await verifyRefreshToken(secrets, await withNumber(number))).toBeNull()
    },
  )
})

/** Decodes as lenient decoders do: whatever is in the bits that no byte needs. */
function looselyDecode(text: string): Uint8Array {
  const bits = [...text].flatMap((c) => [...ALPHABET.indexOf(c).toString(2).padStart(6, '0')]).join('')
  const bytes = bits.match(/.{8}/g) ?? []
  return Uint8Array.from(bytes, (byte) => Number.parseInt(byte, 2))
}
