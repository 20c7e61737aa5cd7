/**
 * A provider of mail on this machine: it speaks Resend's protocol and Postmark's over HTTP, as strictly as they do, keeps what
 * it is sent, and can be told to be out of order. https://resend.com/docs/api-reference, https://postmarkapp.com/developer/api
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

export interface RecordedMail {
  provider: 'resend' | 'postmark'
  /** Resend's key, or Postmark's token. */
  key: string
  /** Resend's; null where there is none. */
  idempotencyKey: string | null
  from: string
  to: string
  subject: string
  html: string
  text: string
  /** Fields of the mail's own header. */
  headers: Record<string, string>
}

/** What the provider does with a mail. A status comes with an error of that provider's form. */
export type Behaviour = 'take' | 'hang' | 'garbage' | { status: number; retryAfter?: number }

/** Which of somebody's mails. */
export interface Wanted {
  subject?: string
  /** Path of the first link in it. */
  link?: string
}

export interface MailRecorder {
  /** For `RESEND_BASE_URL` and `POSTMARK_BASE_URL`. */
  url: string
  /** Those that were taken, the oldest first. */
  mails: RecordedMail[]
  /** How often somebody has tried to hand over a mail. */
  tries(): number
  /**
   * The newest mail to the address that fits, once there is one.
   * @throws {Error} naming what there is, when none comes in time
   */
  waitForMail(to: string, wanted?: Wanted): Promise<RecordedMail>
  /** The oldest that fits and that this function has not given out before, once there is one. */
  takeMail(to: string, wanted?: Wanted): Promise<RecordedMail>
  /** The first link in the mail's text. */
  linkIn(mail: RecordedMail): URL
  /** From now on. */
  respondWith(behaviour: Behaviour): void
  stop(): Promise<void>
}

const PATIENCE_MS = 15_000
const POLL_MS = 25

export async function startMailRecorder(): Promise<MailRecorder> {
  const mails: RecordedMail[] = []
  const given = new Set<RecordedMail>()
  /** Ids of mails by idempotency key. */
  const taken = new Map<string, string>()
  let behaviour: Behaviour = 'take'
  let tries = 0

  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error))
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray()).toString('utf8')
    const protocol = PROTOCOLS.find(({ path }) => request.method === 'POST' && request.url === path)
    if (!protocol) return send(response, 404, {})
    tries += 1
    if (behaviour === 'hang') return
    if (behaviour === 'garbage') return send(response, 200, '<html>Welcome to the Wi-Fi</html>')
    if (behaviour !== 'take') {
      const { status, retryAfter } = behaviour
      return send(response, status, protocol.error(status), retryAfter)
    }
    const read = protocol.read(request.headers, parse(body))
    if ('refused' in read) return send(response, read.refused, protocol.error(read.refused))
    const { mail } = read
    const known = mail.idempotencyKey === null ? undefined : taken.get(mail.idempotencyKey)
    const id = known ?? crypto.randomUUID()
    if (!known) mails.push(mail)
    if (mail.idempotencyKey !== null) taken.set(mail.idempotencyKey, id)
    send(response, 200, protocol.success(id, mail))
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')

  async function find(to: string, wanted: Wanted, pick: (fitting: RecordedMail[]) => RecordedMail | undefined) {
    const deadline = Date.now() + PATIENCE_MS
    for (;;) {
      const found = pick(mails.filter((mail) => mail.to === to && fits(mail, wanted)))
      if (found) return found
      if (Date.now() > deadline) {
        const there = mails.map((mail) => `${mail.to}: ${mail.subject}`).join('\n')
        throw new Error(`No mail ${JSON.stringify(wanted)} to ${to} came. There is:\n${there}`)
      }
      await sleep(POLL_MS)
    }
  }

  return {
    url: `http://127.0.0.1:${address.port}`,
    mails,
    tries: () => tries,
    waitForMail: (to, wanted = {}) => find(to, wanted, (fitting) => fitting.at(-1)),
    async takeMail(to, wanted = {}) {
      const mail = await find(to, wanted, (fitting) => fitting.find((each) => !given.has(each)))
      given.add(mail)
      return mail
    },
    linkIn,
    respondWith(next) {
      behaviour = next
    },
    async stop() {
      server.closeAllConnections()
      await new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())))
    },
  }
}

function fits(mail: RecordedMail, { subject, link }: Wanted): boolean {
  return (!subject || mail.subject === subject) && (!link || linkIn(mail).pathname === link)
}

function linkIn({ text, subject }: RecordedMail): URL {
  const [link] = /^https?:\/\/\S+$/m.exec(text) ?? []
  if (!link) throw new Error(`There is no link in "${subject}":\n${text}`)
  return new URL(link)
}

const Text = z.string().min(1)
const ResendMail = z.object({
  from: Text,
  to: z.tuple([Text]),
  subject: Text,
  html: Text,
  text: Text,
  headers: z.record(Text, Text).default({}),
})
const PostmarkMail = z.object({
  From: Text,
  To: Text,
  Subject: Text,
  HtmlBody: Text,
  TextBody: Text,
  Headers: z.array(z.object({ Name: Text, Value: Text })).default([]),
  MessageStream: z.literal('outbound'),
  TrackOpens: z.literal(false),
  TrackLinks: z.literal('None'),
})

interface Protocol {
  path: string
  read(headers: IncomingHttpHeaders, body: unknown): { mail: RecordedMail } | { refused: number }
  success(id: string, mail: RecordedMail): unknown
  error(status: number): unknown
}

const PROTOCOLS: Protocol[] = [
  {
    path: '/emails',
    read(headers, body) {
      const [, key] = /^Bearer (\S+)$/.exec(headers.authorization ?? '') ?? []
      const { success, data } = ResendMail.safeParse(body)
      if (!key) return { refused: 401 }
      if (!headers['user-agent']) return { refused: 403 } // error 1010
      if (!success) return { refused: 422 }
      const idempotencyKey = headers['idempotency-key']?.toString() ?? null
      return { mail: { provider: 'resend', key, idempotencyKey, ...data, to: data.to[0] } }
    },
    success: (id) => ({ id }),
    error: (status) => ({ statusCode: status, name: RESEND_ERRORS[status] ?? 'application_error', message: 'No.' }),
  },
  {
    path: '/email',
    read(headers, body) {
      const key = headers['x-postmark-server-token']?.toString()
      const { success, data } = PostmarkMail.safeParse(body)
      if (!key) return { refused: 401 }
      if (!success) return { refused: 422 }
      const { From: from, To: to, Subject: subject, HtmlBody: html, TextBody: text } = data
      const own = Object.fromEntries(data.Headers.map(({ Name, Value }) => [Name, Value]))
      return { mail: { provider: 'postmark', key, idempotencyKey: null, from, to, subject, html, text, headers: own } }
    },
    success: (id, { to }) => ({
      To: to,
      SubmittedAt: new Date().toISOString(),
      MessageID: id,
      ErrorCode: 0,
      Message: 'OK',
    }),
    error: (status) => ({ ErrorCode: status === 401 ? 10 : 300, Message: 'No.' }),
  },
]

const RESEND_ERRORS: Partial<Record<number, string>> = {
  401: 'missing_api_key',
  403: 'invalid_api_key',
  422: 'missing_required_field',
  429: 'rate_limit_exceeded',
  500: 'internal_server_error',
}

/** Null where it is no JSON. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function send(response: ServerResponse, status: number, body: unknown, retryAfter?: number): void {
  const isJson = typeof body !== 'string'
  response.writeHead(status, {
    'content-type': isJson ? 'application/json' : 'text/html',
    ...(retryAfter === undefined ? {} : { 'retry-after': `${retryAfter}` }),
  })
  response.end(isJson ? JSON.stringify(body) : body)
}
