import { describe, expect, it } from 'vitest'
import type { Incident, Message } from '../../../lib/auth/mail.ts'
import { compose } from '../../../lib/mail/compose.tsx'

const URL_IN_MAIL = 'https://auth.example.com/a-page?token=abc&next=%2F'
const AS_ATTRIBUTE = URL_IN_MAIL.replace('&', '&#38;')
const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const incident: Incident = { at: 1_763_745_720, ip: '192.0.2.7', userAgent: FIREFOX }

const MESSAGES: Message[] = [
  { kind: 'verify-email', url: URL_IN_MAIL },
  { kind: 'change-email', url: URL_IN_MAIL },
  { kind: 'finish-signup', url: URL_IN_MAIL },
  { kind: 'account-exists', loginUrl: URL_IN_MAIL, resetUrl: 'https://auth.example.com/forgot-password' },
  { kind: 'reset-password', url: URL_IN_MAIL },
  { kind: 'password-gone', url: URL_IN_MAIL },
  { kind: 'login-link', url: URL_IN_MAIL, code: '012345' },
  { kind: 'new-login', url: URL_IN_MAIL, incident },
  { kind: 'password-changed', url: URL_IN_MAIL, incident },
  { kind: 'email-changed', url: URL_IN_MAIL, newEmail: 'new@example.com', incident },
]

/** Everything that a client shows, without tags. */
function shown(html: string): string {
  const body = html.slice(html.indexOf('<body')).replace(/<[^>]*>/g, ' ')
  return body.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replace(/\s+/g, ' ')
}

describe.each(MESSAGES.map((message) => [message.kind, message] as const))('the mail %s', (_, message) => {
  const { subject, html, text } = compose(message)

  it('has its link in both forms: on a line of its own, as a button, and written out', () => {
    expect(text.split('\n')).toContain(URL_IN_MAIL)
    expect(html.split(`href="${AS_ATTRIBUTE}"`)).toHaveLength(3)
    expect(html).toContain(`>${AS_ATTRIBUTE}</a>`)
  })

  it('says the same in both forms', () => {
    const words = shown(html)
    for (const paragraph of text.trim().split('\n\n')) expect(words).toContain(paragraph.split('\n')[0])
    expect(text.startsWith(`${subject}\n\n`)).toBe(true)
  })

  it('fits the lines of mail, but for its links', () => {
    const long = text.split('\n').filter((line) => line.length > 78 && !line.startsWith('https://'))
    expect(long).toEqual([])
    expect(text).not.toMatch(/undefined|null|\[object|\n{3}/)
  })

  it('is a whole page in English, for light and dark, that loads nothing', () => {
    expect(html).toMatch(/^<!doctype html><html lang="en"><head>/)
    expect(html).toContain(`<title>${subject}</title>`)
    expect(html).toContain('<meta name="color-scheme" content="light dark">')
    expect(html).toContain('@media (prefers-color-scheme:dark)')
    expect(html).not.toMatch(/<(?:img|link|script|iframe|form)\b|url\(|@import|src=/i)
    expect(html).not.toMatch(/undefined|\[object/)
  })

  it('opens and closes its elements in order', () => {
    const open: string[] = []
    for (const [, end, tag = ''] of html.matchAll(/<(\/?)([a-z]\w*)[^>]*>/g)) {
      if (end) expect(open.pop()).toBe(tag)
      else if (!['br', 'meta'].includes(tag)) open.push(tag)
    }
    expect(open).toEqual([])
  })

  it('gives its reader nothing to fear', () => {
    expect(shown(html)).toMatch(/ignore this mail|there is nothing to do/)
  })
})

describe('the subject of a mail', () => {
  it('is another for each kind', () => {
    const subjects = MESSAGES.map((message) => compose(message).subject)
    expect(new Set(subjects).size).toBe(MESSAGES.length)
  })

  it('holds nothing of anybody’s', () => {
    for (const message of MESSAGES) expect(compose(message).subject).toMatch(/^[A-Z][a-zA-Z ]+$/)
  })
})

it('the login code stands alone on a line', () => {
  const { text, html } = compose({ kind: 'login-link', url: URL_IN_MAIL, code: '012345' })
  expect(text.split('\n')).toContain('012345')
  expect(html).toContain('>012345</p>')
})

it('a link for a new password does not say that the old one stays where it is gone', () => {
  const textOf = (kind: 'reset-password' | 'password-gone') =>
    compose({ kind, url: URL_IN_MAIL }).text.replace(/\s+/g, ' ')
  expect(textOf('reset-password')).toContain('your password stays as it is')
  expect(textOf('password-gone')).not.toContain('stays as it is')
  expect(textOf('password-gone')).toContain('no longer works')
})

it.each([
  ['verify-email', 'for 24 hours'],
  ['change-email', 'for 24 hours'],
  ['finish-signup', 'for 24 hours'],
  ['reset-password', 'for 30 minutes'],
  ['password-gone', 'for 30 minutes'],
  ['login-link', 'for 10 minutes'],
  ['new-login', 'for 7 days'],
  ['password-changed', 'for 7 days'],
  ['email-changed', 'for 7 days'],
] as const)('%s says that it works %s', (kind, howLong) => {
  const message = MESSAGES.find((each) => each.kind === kind)
  if (!message) throw new Error(kind)
  expect(compose(message).text.replace(/\s+/g, ' ')).toContain(howLong)
})

describe('a mail about what happened', () => {
  const newLogin = (given: Partial<Incident>) =>
    compose({ kind: 'new-login', url: URL_IN_MAIL, incident: { ...incident, ...given } })

  it('says when, on what and from where', () => {
    expect(newLogin({}).text).toContain(
      'When: 21 November 2025 at 17:22 UTC\nDevice: Firefox on Windows\nIP address: 192.0.2.7\n',
    )
  })

  it('leaves out an address that is not known', () => {
    expect(newLogin({ ip: '' }).text).not.toContain('IP address')
  })

  it.each([
    '<script>alert(1)</script>',
    '"><a href="https://evil.example">Log in here</a>',
    'Your account is locked. Call https://evil.example now',
    'evil.example/1.0',
    'javascript:alert(1)',
  ])('tells nothing that the client wrote itself: %s', (userAgent) => {
    const { html, text } = newLogin({ userAgent })
    expect(text).toContain('Device: Unknown device')
    for (const form of [html, text]) expect(form).not.toMatch(/evil|alert|locked/)
    expect(html).not.toContain('<script')
  })

  it('tells the old address what the new one is, escaped', () => {
    const { html, text } = compose({
      kind: 'email-changed',
      url: URL_IN_MAIL,
      newEmail: `o'hara&co@example.com`,
      incident,
    })
    expect(text.replace(/\s+/g, ' ')).toContain(`to o'hara&co@example.com.`)
    expect(html).toContain('o&#39;hara&#38;co@example.com')
  })
})
