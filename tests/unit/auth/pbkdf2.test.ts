import { describe, expect, it, vi } from 'vitest'
import { deriveChained } from '../../../lib/auth/pbkdf2.ts'

/** What hosted Workers take in one call. The local runtime takes more, so that only this shows what would fail there. */
const CAP = 100_000

const PASSWORD = new TextEncoder().encode('password')
const SALT = new TextEncoder().encode('salt')

/** A `crypto.subtle` as hosted Workers have it. Gives the iterations of each call from now on. */
function capIterations(): number[] {
  const calls: number[] = []
  const deriveBits = crypto.subtle.deriveBits.bind(crypto.subtle)
  vi.spyOn(crypto.subtle, 'deriveBits').mockImplementation(async (algorithm, key, length) => {
    const iterations = typeof algorithm === 'string' ? 0 : (algorithm.iterations ?? 0)
    calls.push(iterations)
    if (iterations > CAP) throw new DOMException('Pbkdf2 failed: iteration counts above 100000', 'NotSupportedError')
    return deriveBits(algorithm, key, length)
  })
  return calls
}

async function pbkdf2(password: Uint8Array, iterations: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: SALT, iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('one stage is PBKDF2-HMAC-SHA-256', () => {
  it.each([
    ['passwd', 'salt', 1, '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc'], // RFC 7914 §11
    ['password', 'salt', 1, '120fb6cffcf8b32c43e7225256c4f837a86548c92ccc35480805987cb70be17b'],
    ['password', 'salt', 2, 'ae4d0c95af6b46d32d0adff928f06dd02a303f8ef3c251dfd6e2d85a95474c43'],
    ['password', 'salt', 4096, 'c5e478d59288c841aa530db6845c4c8d962893a001ce4e11a4963873aa98134a'],
    [
      'passwordPASSWORDpassword',
      'saltSALTsaltSALTsaltSALTsaltSALTsalt',
      4096,
      '348c89dbcbd32b2f32d814b8116e84cf2b17347ebc1800181c4e2a1fb8dd53e1',
    ],
  ])('%s, %s, %d iterations', async (password, salt, iterations, expected) => {
    const utf8 = new TextEncoder()
    expect(hex(await deriveChained(utf8.encode(password), utf8.encode(salt), iterations))).toBe(expected)
  })
})

describe('a chain of stages', () => {
  it('feeds the output of each stage to the next as its password', async () => {
    const byHand = await pbkdf2(await pbkdf2(await pbkdf2(PASSWORD, 50_000), 50_000), 20_001)
    expect(hex(await deriveChained(PASSWORD, SALT, 120_001))).toBe(hex(byHand))
  })

  it('needs no call above 50,000 iterations for the default 600,000, where hosted Workers refuse more than 100,000', async () => {
    const calls = capIterations()
    await expect(pbkdf2(PASSWORD, 600_000)).rejects.toThrow('iteration counts above')
    calls.length = 0
    expect(await deriveChained(PASSWORD, SALT, 600_000)).toHaveLength(32)
    expect(calls).toEqual(Array.from({ length: 12 }, () => 50_000))
  })

  it.each([
    [1, [1]],
    [50_000, [50_000]],
    [50_001, [50_000, 1]],
    [100_000, [50_000, 50_000]],
  ])('takes %d iterations as %j', async (iterations, stages) => {
    const calls = capIterations()
    await deriveChained(PASSWORD, SALT, iterations)
    expect(calls).toEqual(stages)
  })

  it('lets other tasks have their turn between every two stages', async () => {
    const calls = capIterations()
    const stagesSeen = new Set<number>()
    let isDone = false
    const others = (async () => {
      while (!isDone) {
        stagesSeen.add(calls.length)
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
    })()
    await deriveChained(PASSWORD, SALT, 200_000)
    isDone = true
    await others
    expect([...stagesSeen]).toEqual(expect.arrayContaining([1, 2, 3]))
  })
})
