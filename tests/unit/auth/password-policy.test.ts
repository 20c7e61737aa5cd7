import { describe, expect, it } from 'vitest'
import { isTooLong, passwordIssue } from '../../../lib/auth/password-policy.ts'

const OWNER = { email: 'ada.lovelace@example.com', name: 'Ada King-Noël' }

describe('the length of a password', () => {
  it.each([
    ['7 characters', 'x7!kqz%', 'password_too_short'],
    ['8 characters', 'x7!kqz%p', null],
    ['256 characters', 'x7!kqz%p'.repeat(32), null],
    ['257 characters', `${'x7!kqz%p'.repeat(32)}q`, 'password_too_long'],
    ['nothing', '', 'password_too_short'],
    ['8 characters that take two units each', '🦊🐻🐼🐨🐯🦁🐮🐷', null],
    ['7 characters that take two units each', '🦊🐻🐼🐨🐯🦁🐮', 'password_too_short'],
    ['256 characters that take two units each', '🦊🐻🐼🐨🐯🦁🐮🐷'.repeat(32), null],
    ['7 letters and a combining accent on one (NFKC: 7 characters)', 'xqzkvjé'.normalize('NFD'), 'password_too_short'],
  ])('%s', (_, password, issue) => {
    expect(passwordIssue(password, OWNER)).toBe(issue)
  })

  it('is the length after NFKC, when a login asks whether to hash at all', () => {
    expect(isTooLong('e\u0301'.repeat(256))).toBe(false)
    expect(isTooLong('\ufdfa'.repeat(15))).toBe(true) // one ligature, 18 characters
    expect(isTooLong('x'.repeat(16_000))).toBe(true)
  })
})

describe('common passwords', () => {
  it.each(['password', '12345678', '123456789', 'qwertyuiop', 'iloveyou', 'football', '11111111', 'zxcvbnm1'])(
    'refuses %s',
    (password) => {
      expect(passwordIssue(password, OWNER)).toBe('password_common')
    },
  )

  it.each(['01011990', '31122007', '12312007', '19830704', '20240229'])('refuses a date: %s', (password) => {
    expect(passwordIssue(password, OWNER)).toBe('password_common')
  })

  it.each(['31329999', '90909090', '17890714', '010119901'])('takes no other digits for a date: %s', (password) => {
    expect(passwordIssue(password, OWNER)).toBeNull()
  })

  it('refuses them in whatever case and width', () => {
    expect(passwordIssue('PassWord', OWNER)).toBe('password_common')
    expect(passwordIssue('\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44', OWNER)).toBe('password_common')
  })

  it.each(['password1', 'Password!', 'password123', 'football2024', 'iloveyou!!!!', 'Password1234!'])(
    'refuses them with what people put behind when asked for another: %s',
    (password) => {
      expect(passwordIssue(password, OWNER)).toBe('password_common')
    },
  )

  it('asks for no composition: words, spaces and any script will do', () => {
    for (const good of ['correct horse battery', 'three brown foxes', 'тихий вечер в саду', '静かな夜の図書館']) {
      expect(passwordIssue(good, OWNER)).toBeNull()
    }
  })
})

describe('personal passwords', () => {
  it.each([
    ['the address', 'ada.lovelace@example.com'],
    ['the address in capitals', 'ADA.LOVELACE@EXAMPLE.COM'],
    ['its local part', 'ada.lovelace'],
    ['its local part and a year', 'lovelace1843'],
    ['parts of it in another order', 'lovelace-ada'],
    ['name and domain', 'Ada@example'],
    ['the name, decomposed', 'KingNoe\u0308l'],
    ['the name twice', 'lovelacelovelace'],
  ])('refuses what is made of %s', (_, password) => {
    expect(passwordIssue(password, OWNER)).toBe('password_personal')
  })

  it.each([
    ['a sentence with the name in it', 'lovelace met babbage'],
    ['a word that the name begins', 'adamant granite'],
  ])('takes %s', (_, password) => {
    expect(passwordIssue(password, OWNER)).toBeNull()
  })

  it('does not mind very short names', () => {
    expect(passwordIssue('o-k-quartz', { email: 'o@k.example', name: 'K' })).toBeNull()
  })
})
