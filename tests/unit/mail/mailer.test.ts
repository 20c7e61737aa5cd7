import { describe, expect, it } from 'vitest'
import { MailUnavailable, type Message } from '../../../lib/auth/mail.ts'
import { SettingsError } from '../../../lib/env.ts'
import type { Carrier } from '../../../lib/mail/mail-settings.ts'
import { openMailer } from '../../../lib/mail/mailer.ts'
import type { KeptMail, Mailbox } from '../../../lib/store/contract.ts'
import { NOW } from '../../support/builders.ts'

const ISSUER = 'https://auth.example.com'
const FROM = 'Gatehouse <no-reply@auth.example.com>'
const RESEND: Carrier = { provider: 'resend', apiKey: 're_secret', baseUrl: 'https://resend.example' }
const POSTMARK: Carrier = { provider: 'postmark', serverToken: 'pm_secret', baseUrl: 'https://postmark.example' }
const MESSAGE: Message = { kind: 'reset-password', url: `${ISSUER}/reset-password?token=abc` }
const TO = 'ada@example.com'

type Reply = () => Promise<Response>

const TAKEN: Record<string, Reply> = {
  resend: async () => Response.json({ id: '49a3999c-0ce1-4ea6-ab68-afcd6dc2e794' }),
  postmark: async () => Response.json({ ErrorCode: 0, Message: 'OK', MessageID: 'b7bc2f4a' }),
}

/** As Resend refuses. It repeats the address. */
function refusing(status: number, headers: Record<string, string> = {}): Reply {
  return async () =>
    Response.json({ statusCode: status, name: 'some_error', message: `Not ${TO}` }, { status, headers })
}

const unreachable: Reply = () => Promise.reject(new TypeError(`Could not reach ${TO} with re_secret`))

interface Sent {
  url: string
  headers: Headers
  body: Record<string, unknown>
}

/** A mailer whose provider answers like this, one reply after the other. */
function aMailer(replies: Reply[], carrier: Carrier = RESEND) {
  const sent: Sent[] = []
  const waits: number[] = []
  const left = [...replies]
  const mailer = openMailer({
    mail: { ...carrier, from: FROM, issuer: ISSUER },
    issuer: ISSUER,
    mailbox: null,
    clock: () => NOW,
    async fetch(input, init) {
      const request = new Request(input, init)
      sent.push({ url: request.url, headers: request.headers, body: await request.json() })
      const reply = left.shift()
      if (!reply) throw new Error('nobody asked for another try')
      return reply()
    },
    async wait(seconds) {
      waits.push(seconds)
    },
  })
  return { mailer, sent, waits }
}

describe('a mail', () => {
  it('goes to Resend as its API wants it', async () => {
    const { mailer, sent } = aMailer([TAKEN.resend as Reply])
    await mailer.send(TO, MESSAGE, 'short')
    const [{ url, headers, body } = { url: '', headers: new Headers(), body: {} }] = sent
    expect(url).toBe('https://resend.example/emails')
    expect(Object.fromEntries(headers)).toMatchObject({
      authorization: 'Bearer re_secret',
      'content-type': 'application/json',
      'user-agent': 'gatehouse',
      'idempotency-key': expect.stringMatching(/^[\w-]{36}$/),
    })
    expect(body).toEqual({
      from: FROM,
      to: [TO],
      subject: 'Choose a new password',
      html: expect.stringContaining('/reset-password?token=abc'),
      text: expect.stringContaining('/reset-password?token=abc'),
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  })

  it('goes to Postmark as its API wants it, and is not tracked', async () => {
    const { mailer, sent } = aMailer([TAKEN.postmark as Reply], POSTMARK)
    await mailer.send(TO, MESSAGE, 'short')
    const [{ url, headers, body } = { url: '', headers: new Headers(), body: {} }] = sent
    expect(url).toBe('https://postmark.example/email')
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-postmark-server-token': 'pm_secret',
      accept: 'application/json',
      'content-type': 'application/json',
    })
    expect(body).toEqual({
      From: FROM,
      To: TO,
      Subject: 'Choose a new password',
      HtmlBody: expect.stringContaining('/reset-password?token=abc'),
      TextBody: expect.stringContaining('/reset-password?token=abc'),
      MessageStream: 'outbound',
      Headers: [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
      TrackOpens: false,
      TrackLinks: 'None',
    })
  })

  it('goes to the mailbox in development', async () => {
    const kept: KeptMail[] = []
    const mailbox: Mailbox = { put: async (mail) => void kept.push(mail), list: async () => kept }
    const mail = { provider: 'mailbox', from: FROM, issuer: null } as const
    const world = { issuer: 'http://192.0.2.1:3000', clock: () => NOW, fetch, wait: async () => {} }
    await openMailer({ mail, mailbox, ...world }).send(TO, MESSAGE, 'short')
    expect(kept).toEqual([
      {
        id: expect.any(String),
        to: TO,
        subject: 'Choose a new password',
        text: expect.any(String),
        html: expect.any(String),
        sentAt: NOW,
      },
    ])
    await expect(openMailer({ mail, mailbox: null, ...world }).send(TO, MESSAGE, 'long')).rejects.toThrow(
      MailUnavailable,
    )
  })

  it('goes nowhere where no provider is set', async () => {
    const mailer = openMailer({
      mail: null,
      issuer: ISSUER,
      mailbox: null,
      clock: () => NOW,
      fetch,
      wait: async () => {},
    })
    await expect(mailer.send(TO, MESSAGE, 'long')).rejects.toThrow(new MailUnavailable('AUTH_MAIL is not set'))
  })
})

describe('a provider that does not take a mail', () => {
  it.each<[string, Reply, string]>([
    ['fails', refusing(500), 'resend: 500 some_error'],
    ['refuses', refusing(422), 'resend: 422 some_error'],
    ['is too busy', refusing(429), 'resend: 429 some_error'],
    ['sends the key elsewhere', async () => new Response(null, { status: 307 }), 'resend: 307'],
    ['answers garbage', async () => new Response('<html>'), 'resend: 200'],
    ['answers with a word of its own making', async () => Response.json({ name: `no ${TO}` }), 'resend: 200'],
    ['answers nothing', async () => new Response(null, { status: 204 }), 'resend: 204'],
    ['is not there', unreachable, 'resend: no answer'],
  ])('is asked once by somebody who waits, and named with nothing of the mail: it %s', async (_, reply, reason) => {
    const { mailer, sent, waits } = aMailer([reply])
    await expect(mailer.send(TO, MESSAGE, 'short')).rejects.toThrow(new MailUnavailable(reason))
    expect([sent.length, waits]).toEqual([1, []])
  })

  it('is told by Postmark’s number', async () => {
    const refusal = async () => Response.json({ ErrorCode: 406, Message: `${TO} is inactive` }, { status: 422 })
    await expect(aMailer([refusal], POSTMARK).mailer.send(TO, MESSAGE, 'short')).rejects.toThrow('postmark: 422 406')
    const odd = async () => Response.json({ ErrorCode: 300, Message: 'Invalid' })
    await expect(aMailer([odd], POSTMARK).mailer.send(TO, MESSAGE, 'short')).rejects.toThrow('postmark: 200 300')
  })

  it.each<[string, Reply]>([
    ['fails', refusing(503)],
    ['is too busy', refusing(429)],
    ['is not there', unreachable],
    ['is still at the try before', refusing(409)],
  ])('is asked again, up to three times, where nobody waits: it %s', async (_, reply) => {
    const { mailer, sent, waits } = aMailer([reply, reply, reply])
    await expect(mailer.send(TO, MESSAGE, 'long')).rejects.toThrow(MailUnavailable)
    expect(waits).toEqual([1, 4])
    expect(sent).toHaveLength(3)
    expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(1)
  })

  it('may take it the next time', async () => {
    const { mailer, sent, waits } = aMailer([refusing(500), TAKEN.resend as Reply])
    await mailer.send(TO, MESSAGE, 'long')
    expect([sent.length, waits]).toEqual([2, [1]])
  })

  it.each<[string, Reply]>([
    ['our key', refusing(401)],
    ['the address', refusing(422)],
    ['with garbage, having taken it perhaps', async () => new Response('OK')],
  ])('is not asked again when it refuses %s', async (_, reply) => {
    const { mailer, sent } = aMailer([reply])
    await expect(mailer.send(TO, MESSAGE, 'long')).rejects.toThrow(MailUnavailable)
    expect(sent).toHaveLength(1)
  })

  it.each([
    ['3', [3, 4]],
    ['10', [10, 10]],
    ['0', [1, 4]],
    ['-5', [1, 4]],
    ['soon', [1, 4]],
    ['Fri, 21 Nov 2025 17:22:00 GMT', [1, 4]],
    ['11', []],
    ['3600', []],
  ])('is given the time that it asks for, if that is not too long: %s', async (retryAfter, expected) => {
    const busy = refusing(429, { 'retry-after': retryAfter })
    const { mailer, waits } = aMailer([busy, busy, busy])
    await expect(mailer.send(TO, MESSAGE, 'long')).rejects.toThrow('resend: 429 some_error')
    expect(waits).toEqual(expected)
  })

  it('is given five seconds for an answer', async () => {
    let signal: AbortSignal | undefined
    const mailer = openMailer({
      mail: { ...RESEND, from: FROM, issuer: ISSUER },
      issuer: ISSUER,
      mailbox: null,
      clock: () => NOW,
      fetch(_, init) {
        signal = init?.signal ?? undefined
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal?.reason)))
      },
      wait: async () => {},
    })
    const began = Date.now()
    await expect(mailer.send(TO, MESSAGE, 'short')).rejects.toThrow('resend: no answer in 5 s')
    expect(Date.now() - began).toBeGreaterThan(4_900)
  })
})

it('each mail has an idempotency key of its own', async () => {
  const taken = TAKEN.resend as Reply
  const { mailer, sent } = aMailer([taken, taken])
  await mailer.send(TO, MESSAGE, 'short')
  await mailer.send(TO, MESSAGE, 'short')
  expect(new Set(sent.map(({ headers }) => headers.get('idempotency-key'))).size).toBe(2)
})

describe('links are not built from a host that the client chose', () => {
  const open = (origin: string, issuer: string | null, carrier: Carrier = RESEND) =>
    openMailer({
      mail: { ...carrier, from: FROM, issuer },
      issuer: issuer ?? origin,
      mailbox: null,
      clock: () => NOW,
      fetch,
      wait: async () => {},
    })

  it.each([
    'https://evil.example',
    'https://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://192.0.2.1',
  ])('without AUTH_ISSUER, nothing is mailed from %s', (origin) => {
    expect(() => open(origin, null)).toThrow(
      new SettingsError('AUTH_ISSUER is missing: links in mail are built from it'),
    )
  })

  it.each(['http://localhost:3000', 'http://127.0.0.1:8788', 'http://[::1]:3000'])(
    'but from this machine: %s',
    (origin) => {
      expect(() => open(origin, null)).not.toThrow()
    },
  )

  it('and with it from anywhere', () => {
    expect(() => open('https://evil.example', ISSUER)).not.toThrow()
  })

  it('what stays in the mailbox misleads nobody', () => {
    expect(() => open('http://192.0.2.1:3000', null, { provider: 'mailbox' })).not.toThrow()
  })
})
