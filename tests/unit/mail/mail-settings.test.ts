import { describe, expect, it } from 'vitest'
import { type Environment, SettingsError } from '../../../lib/env.ts'
import { parseMailSettings } from '../../../lib/mail/mail-settings.ts'

const ISSUER = 'https://auth.example.com:8443'
const KEY = { RESEND_API_KEY: 're_key' }
const TOKEN = { POSTMARK_SERVER_TOKEN: 'token' }

function parse(environment: Environment, { issuer = ISSUER, isDevelopment = false } = {}) {
  return parseMailSettings(environment, issuer, isDevelopment)
}

/** The message, a problem a line. */
function problemsOf(environment: Environment): string[] {
  try {
    parse(environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n')
    throw error
  }
  return []
}

const FROM = 'Gatehouse <no-reply@auth.example.com>'
const RESEND = { provider: 'resend', apiKey: 're_key', baseUrl: 'https://api.resend.com', from: FROM, issuer: ISSUER }
const POSTMARK = {
  provider: 'postmark',
  serverToken: 'token',
  baseUrl: 'https://api.postmarkapp.com',
  from: FROM,
  issuer: ISSUER,
}

describe('settings of mail', () => {
  it('are none where none are set: accounts work without mail', () => {
    expect(parse({})).toEqual({ signupPolicy: 'open', mail: null })
  })

  it('are none where they are empty, or spaces', () => {
    const names = ['AUTH_SIGNUP', 'AUTH_MAIL', 'AUTH_MAIL_FROM', ...Object.keys({ ...KEY, ...TOKEN })]
    expect(parse(Object.fromEntries(names.map((name) => [name, ' '])))).toEqual(parse({}))
  })

  it.each([
    ['Resend, where its key is set', KEY, RESEND],
    ['Postmark, where its token is set', TOKEN, POSTMARK],
    ['the one that is chosen of two', { ...KEY, ...TOKEN, AUTH_MAIL: 'postmark' }, POSTMARK],
    [
      'with another base address',
      { ...KEY, RESEND_BASE_URL: 'http://127.0.0.1:4000/' },
      { ...RESEND, baseUrl: 'http://127.0.0.1:4000' },
    ],
    [
      'with another base address',
      { ...TOKEN, POSTMARK_BASE_URL: 'http://127.0.0.1:4000/x' },
      { ...POSTMARK, baseUrl: 'http://127.0.0.1:4000/x' },
    ],
  ])('choose the provider: %s', (_, environment, mail) => {
    expect(parse(environment).mail).toEqual(mail)
  })

  it.each(['mail@example.com', 'Gatehouse <mail@example.com>', 'Über uns! <mail@exämple.com>'])(
    'name the sender: %s',
    (from) => {
      expect(parse({ ...KEY, AUTH_MAIL_FROM: from }).mail?.from).toBe(from)
    },
  )

  it('send from the host of the issuer, unless they name a sender', () => {
    expect(parse(KEY).mail?.from).toBe(FROM)
    expect(parseMailSettings(KEY, null, false).mail).toMatchObject({
      from: 'Gatehouse <no-reply@localhost>',
      issuer: null,
    })
  })

  it('let sign-up wait for the proof of an address', () => {
    expect(parse({ ...KEY, AUTH_SIGNUP: 'verify-first' }).signupPolicy).toBe('verify-first')
    expect(parse({ ...KEY, AUTH_SIGNUP: 'open' }).signupPolicy).toBe('open')
  })

  it('keep mails in the mailbox in development, where nothing else is set', () => {
    const mailbox = { provider: 'mailbox', from: FROM, issuer: ISSUER }
    expect(parse({}, { isDevelopment: true }).mail).toEqual(mailbox)
    expect(parse({ ...KEY, AUTH_MAIL: 'mailbox' }, { isDevelopment: true }).mail).toEqual(mailbox)
    expect(parse(KEY, { isDevelopment: true }).mail).toEqual(RESEND)
  })
})

describe('a setting of mail that is wrong', () => {
  it.each([
    [
      'two providers without a choice',
      { ...KEY, ...TOKEN },
      /^AUTH_MAIL is missing: .*RESEND_API_KEY.*POSTMARK_SERVER_TOKEN/,
    ],
    ['Resend without its key', { AUTH_MAIL: 'resend', ...TOKEN }, /^RESEND_API_KEY is missing/],
    ['Postmark without its token', { AUTH_MAIL: 'postmark', ...KEY }, /^POSTMARK_SERVER_TOKEN is missing/],
    ['a mailbox in production', { AUTH_MAIL: 'mailbox', ...KEY }, /^AUTH_MAIL must be resend or postmark/],
    ['proof of an address without mail', { AUTH_SIGNUP: 'verify-first' }, /^AUTH_MAIL is missing: .*AUTH_SIGNUP/],
  ])('is named: %s', (_, environment, problem) => {
    expect(problemsOf(environment)).toEqual([expect.stringMatching(problem)])
  })

  const WRONG: Record<string, string[]> = {
    AUTH_SIGNUP: ['closed', 'Open', 'toString'],
    AUTH_MAIL: ['smtp', 'Resend', 'resend,postmark'],
    AUTH_MAIL_FROM: [
      'Gatehouse',
      'mail@localhost',
      'Gatehouse <mail>',
      'Gatehouse <mail@example.com> x',
      '<mail@example.com>',
      'Gate\nBcc: x <mail@example.com>',
      'a@example.com, b@example.com',
      'Gate <a@example.com>, House <b@example.com>',
      'a@example.com <b@example.com>',
      '"Gatehouse" <mail@example.com>',
    ],
    RESEND_API_KEY: ['re key', 're\r\nkey'],
    RESEND_BASE_URL: ['api.resend.com', 'ftp://api.resend.com', 'https://a:b@api.resend.com'],
    POSTMARK_SERVER_TOKEN: ['to ken'],
    POSTMARK_BASE_URL: ['/email'],
  }

  it.each(Object.entries(WRONG))('is named, and told what it must be: %s', (name, values) => {
    for (const value of values) {
      const environment = { ...KEY, ...TOKEN, AUTH_MAIL: 'resend', [name]: value }
      expect(problemsOf(environment), value).toEqual([
        expect.stringMatching(new RegExp(`^${name} must (?:be|not have) `)),
      ])
    }
  })

  it('is named with the others, and its value is not shown', () => {
    const problems = problemsOf(Object.fromEntries(Object.keys(WRONG).map((name) => [name, 'hunter2 !'])))
    expect(problems.map((line) => line.split(' ', 1)[0]).sort()).toEqual(Object.keys(WRONG).sort())
    expect(problems.join('\n')).not.toContain('hunter2')
  })
})
