import { describe, expect, it } from 'vitest'
import { maskEmailAddress, parseEmailAddress } from '../../../lib/auth/email-address.ts'

function addressOf(input: string): string | null {
  const parsed = parseEmailAddress(input)
  return parsed.ok ? parsed.address : null
}

describe('an email address', () => {
  it.each([
    'ada@example.com',
    'a@b.co',
    'ada.lovelace+news@mail.example.co.uk',
    "o'brien!#$%&*/=?^_`{|}~-@example.com",
    '1@2.example',
    'ada@xn--bcher-kva.example',
    'ada@bücher.example',
    'jörg@example.com',
    '用户@例子.广告',
    'विकास@उदाहरण.भारत',
    `${'a'.repeat(64)}@example.com`,
    `a@${'b'.repeat(63)}.example`,
  ])('may be %s', (input) => {
    expect(parseEmailAddress(input)).toEqual({ ok: true, email: input, address: input })
  })

  it.each([
    ['nothing', ''],
    ['no @', 'ada.example.com'],
    ['nothing before the @', '@example.com'],
    ['nothing behind it', 'ada@'],
    ['two @', 'ada@home@example.com'],
    ['a quoted second @', '"ada@home"@example.com'],
    ['no dot in the domain', 'ada@localhost'],
    ['a dot at the end', 'ada@example.com.'],
    ['two dots in the domain', 'ada@example..com'],
    ['a label that begins with a hyphen', 'ada@-example.com'],
    ['a label that ends with one', 'ada@example-.com'],
    ['a label of 64', `ada@${'b'.repeat(64)}.example`],
    ['a local part of 65', `${'a'.repeat(65)}@example.com`],
    ['an address literal', 'ada@[192.0.2.1]'],
    ['a port', 'ada@example.com:25'],
    ['a space inside', 'ada lovelace@example.com'],
    ['a no-break space inside', 'ada\u00a0l@example.com'],
    ['a name around it', 'Ada <ada@example.com>'],
    ['two addresses', 'ada@example.com,bob@example.com'],
    ['a zero-width space', 'ada\u200b@example.com'],
    ['a character that turns the text around', 'ada\u202e@example.com'],
    ['half a character', 'ada\ud83d@example.com'],
    ['an emoji', '🦊@example.com'],
    ['a null byte', 'ada\u0000@example.com'],
  ])('is never one with %s', (_, input) => {
    expect(parseEmailAddress(input)).toEqual({ ok: false, issue: 'email_invalid' })
  })

  it.each([
    'ada@example.com\r\nBcc: bob@example.com',
    'ada\r\n@example.com',
    'ada@exam\nple.com',
    'ada@example.com\u2028Bcc: bob@example.com',
    'ada%0d%0a@example.com\r\n\r\nbody',
  ])('carries no header of its own: %j', (input) => {
    expect(addressOf(input)).toBeNull()
  })

  it('has at most 254 characters', () => {
    const ofLength = (length: number) => `a@${`${'b'.repeat(60)}.`.repeat(4)}${'c'.repeat(length - 246)}`
    expect(parseEmailAddress(ofLength(254)).ok).toBe(true)
    expect(parseEmailAddress(ofLength(255))).toEqual({ ok: false, issue: 'email_too_long' })
    const short = `a@${`${'\u3300'.repeat(15)}.`.repeat(5)}example` // NFKC makes four characters of one
    expect(short.length).toBeLessThan(100)
    expect(parseEmailAddress(short)).toEqual({ ok: false, issue: 'email_too_long' })
    const typedLong = `a@${`${'e\u0301'.repeat(60)}.`.repeat(3)}example` // and one of two
    expect(parseEmailAddress(typedLong)).toEqual({ ok: false, issue: 'email_too_long' })
  })
})

describe('one address in several spellings', () => {
  it.each([
    ['case', 'Ada@EXAMPLE.com'],
    ['spaces around', ' \tada@example.com \r\n'],
    ['fullwidth letters', '\uff41\uff44\uff41@example.com'],
    ['a fullwidth @', 'ada\uff20example.com'],
    ['a capital of a script', '\u{1d49c}da@example.com'],
    ['a letter in a circle', '\u24d0da@example.com'],
  ])('is looked up as one: %s', (_, input) => {
    expect(addressOf(input)).toBe('ada@example.com')
  })

  it.each([
    ['composed and decomposed', 'jo\u0308rg@example.com', 'j\u00f6rg@example.com'],
    ['a capital that has no composed form', 'J\u030caan@example.com', '\u01f0aan@example.com'],
    ['the sign and the letter', '\u212bsa@example.com', '\u00e5sa@example.com'],
  ])('is looked up as one: %s', (_, one, other) => {
    expect(addressOf(one)).toBe(addressOf(other))
    expect(addressOf(one)).not.toBeNull()
  })

  it('is itself once more', () => {
    for (const input of ['J\u030caan@example.com', 'T\u0308@example.com', 'İ@example.com', 'Ὀδυσσεύς@example.com']) {
      const address = addressOf(input) ?? ''
      expect(addressOf(address)).toBe(address)
    }
  })

  it('is shown as it was typed, trimmed', () => {
    expect(parseEmailAddress(' Ada@Example.com ')).toMatchObject({ email: 'Ada@Example.com' })
  })
})

describe('a masked address', () => {
  it.each([
    ['ada@example.com', 'a…@example.com'],
    ['𝒜da@example.com', '𝒜…@example.com'],
    ['用户@例子.广告', '用…@例子.广告'],
  ])('%s becomes %s', (address, masked) => {
    expect(maskEmailAddress(address)).toBe(masked)
  })
})
