import { describe, expect, it } from 'vitest'
import { checkPassword, hashPassword, type PasswordServices } from '../../../lib/auth/passwords.ts'
import { deriveChained } from '../../../lib/auth/pbkdf2.ts'
import { deriveSecrets, type Secrets } from '../../../lib/auth/secrets.ts'
import { someSecrets } from '../../support/keys.ts'

const PASSWORD = 'correct horse battery'

const [current, older, retired] = await someSecrets(3)
if (!older || !retired) throw new Error('too few secrets')

interface Bench extends PasswordServices {
  /** Iterations given to the hasher, and what was to be hashed. */
  calls: { password: Uint8Array; iterations: number }[]
}

function aBench(given: { secrets?: Secrets; iterations?: number } = {}): Bench {
  const calls: Bench['calls'] = []
  return {
    secrets: [current],
    iterations: 10,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    hasher: {
      derive(password, salt, iterations) {
        calls.push({ password, iterations })
        return deriveChained(password, salt, iterations)
      },
    },
    calls,
    ...given,
  }
}

function workOf({ calls }: Bench): number {
  return calls.reduce((sum, { iterations }) => sum + iterations, 0)
}

describe('a record', () => {
  it('is a PHC string that names algorithm, iterations and the key of the pepper', async () => {
    const record = await hashPassword(aBench({ iterations: 600 }), PASSWORD)
    expect(record).toMatch(/^\$pbkdf2-sha256\$i=600,k=[^$,]{8}\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/)
  })

  it('keeps to the alphabet of PHC strings, whatever the key id', async () => {
    const PHC =
      /^\$[a-z0-9-]{1,32}\$[a-z0-9-]{1,32}=[a-zA-Z0-9/+.-]+(?:,[a-z0-9-]{1,32}=[a-zA-Z0-9/+.-]+)*(?:\$[A-Za-z0-9+/]+){2}$/
    const kids = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const bench = aBench({ secrets: await deriveSecrets([new Uint8Array(32).fill(i)]) })
        const record = await hashPassword(bench, PASSWORD)
        expect(record).toMatch(PHC)
        expect(await checkPassword(bench, PASSWORD, record)).toBe('right')
        return bench.secrets[0].kid
      }),
    )
    expect(kids.join('')).toMatch(/-.*_|_.*-/)
  })

  it('has a salt of its own: one password, two records', async () => {
    const bench = aBench()
    expect(await hashPassword(bench, PASSWORD)).not.toBe(await hashPassword(bench, PASSWORD))
  })

  it('tells the right password from a wrong one', async () => {
    const bench = aBench()
    const record = await hashPassword(bench, PASSWORD)
    expect(await checkPassword(bench, PASSWORD, record)).toBe('right')
    for (const wrong of ['', PASSWORD.slice(1), `${PASSWORD} `, PASSWORD.toUpperCase()]) {
      expect(await checkPassword(bench, wrong, record)).toBe('wrong')
    }
  })

  it.each([
    ['composed and decomposed', 'caf\u00e9 au lait', 'cafe\u0301 au lait'],
    ['fullwidth and plain', '\uff50\uff41\uff53\uff53word 1', 'password 1'],
    ['a ligature and its letters', 'e\ufb03cient', 'efficient'],
  ])('takes the spellings of one text for one password (NFKC): %s', async (_, chosen, typed) => {
    expect(chosen).not.toBe(typed)
    const bench = aBench()
    expect(await checkPassword(bench, typed, await hashPassword(bench, chosen))).toBe('right')
  })
})

describe('the pepper', () => {
  it('makes a record worthless without the secret', async () => {
    const record = await hashPassword(aBench(), PASSWORD)
    const foreign = { ...retired, kid: current.kid }
    expect(await checkPassword(aBench({ secrets: [foreign] }), PASSWORD, record)).toBe('wrong')
  })

  it('keeps the password itself from the hasher, which may be another machine', async () => {
    const bench = aBench()
    const record = await hashPassword(bench, PASSWORD)
    await checkPassword(bench, PASSWORD, record)
    await checkPassword(bench, PASSWORD, null)
    expect(bench.calls).toHaveLength(3)
    for (const { password } of bench.calls) {
      expect(password).toHaveLength(32)
      expect(new TextDecoder().decode(password)).not.toContain(PASSWORD.slice(0, 4))
    }
  })
})

describe('rotation', () => {
  it('accepts a hash under an older secret, as outdated', async () => {
    const record = await hashPassword(aBench({ secrets: [older] }), PASSWORD)
    const bench = aBench({ secrets: [current, older] })
    expect(await checkPassword(bench, PASSWORD, record)).toBe('right_but_outdated')
    expect(await checkPassword(bench, 'wrong', record)).toBe('wrong')
  })

  it('accepts a hash of fewer iterations, as outdated, and one of more as it is', async () => {
    const bench = aBench({ iterations: 10 })
    const weak = await hashPassword(aBench({ iterations: 9 }), PASSWORD)
    const strong = await hashPassword(aBench({ iterations: 11 }), PASSWORD)
    expect(await checkPassword(bench, PASSWORD, weak)).toBe('right_but_outdated')
    expect(await checkPassword(bench, PASSWORD, strong)).toBe('right')
  })

  it('replaces an outdated hash by one that is current', async () => {
    const bench = aBench({ secrets: [current, older] })
    const record = await hashPassword(bench, PASSWORD)
    expect(await checkPassword(aBench(), PASSWORD, record)).toBe('right')
  })
})

describe('the work of a refusal', () => {
  it.each([
    ['an unknown account', null],
    ['a wrong password', { iterations: 100 }],
    ['a weaker hash', { iterations: 40 }],
    ['a hash under an older secret', { iterations: 100, secrets: [older] }],
    ['a hash under a retired secret', { iterations: 100, secrets: [retired] }],
    ['a weaker hash under a retired secret', { iterations: 40, secrets: [retired] }],
  ] as const)('is that of a current hash: %s', async (_, stored) => {
    const record = stored && (await hashPassword(aBench(stored), PASSWORD))
    const bench = aBench({ iterations: 100, secrets: [current, older] })
    expect(await checkPassword(bench, 'another password', record)).toBe('wrong')
    expect(workOf(bench)).toBe(100)
  })

  it('refuses the right password of a record whose secret is retired', async () => {
    const record = await hashPassword(aBench({ secrets: [retired] }), PASSWORD)
    expect(await checkPassword(aBench(), PASSWORD, record)).toBe('wrong')
  })
})

const intact = await hashPassword(aBench(), PASSWORD)

describe('a damaged record', () => {
  it.each([
    ['nothing', ''],
    ['the password itself', PASSWORD],
    ['another algorithm', intact.replace('pbkdf2-sha256', 'pbkdf2-sha1')],
    ['no iterations', intact.replace(/i=\d+,/, '')],
    ['zero iterations', intact.replace(/i=\d+/, 'i=0')],
    ['iterations with a leading zero', intact.replace('i=', 'i=0')],
    ['negative iterations', intact.replace('i=', 'i=-')],
    ['more iterations than ever', intact.replace(/i=\d+/, 'i=9999999999')],
    ['no key id', intact.replace(/,k=[^$]+/, '')],
    ['a hash cut by one character', intact.slice(0, -1)],
    ['a hash cut by two characters', intact.slice(0, -2)],
    ['a hash cut by a whole group', intact.slice(0, -4)],
    ['no hash', intact.slice(0, intact.lastIndexOf('$'))],
    ['a cut salt', intact.replace(/\$[^$](?=[^$]+\$[^$]+$)/, '$')],
    ['padding', `${intact}=`],
    ['something behind it', `${intact}$`],
    ['a line break behind it', `${intact}\n`],
  ])('is a fault of the store, never a wrong password: %s', async (_, record) => {
    expect(record).not.toBe(intact)
    const bench = aBench()
    await expect(checkPassword(bench, PASSWORD, record)).rejects.toThrow(RangeError)
    expect(workOf(bench)).toBe(0)
  })
})
