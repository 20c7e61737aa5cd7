/** What people do with the app, one request after the other: some in a browser, some in an app that keeps its own tokens. */
import { anEmail, PASSWORD } from '../../tests/http/support/app.ts'
import { anAddress } from '../../tests/support/client.ts'

export interface Ask {
  /** What it is counted as. */
  kind: string
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  /** JSON. */
  body?: string
  /** Status of the answer when all is well. */
  expected: number
}

export interface Reply {
  status: number
  body: string
  setCookies: string[]
}

/** Yields requests, and is told the answer to each; null: there was none. */
export type Life = Generator<Ask, never, Reply | null>

/** The same, of a part of a life. */
type Part<T> = Generator<Ask, T, Reply | null>

/** What is found out on the way. */
export interface Ledger {
  /** Addresses whose sign-up was answered with 201. */
  signedUp: string[]
  /** Answers that took somebody for signed out who was not. */
  lostSessions: string[]
}

/** Requests between a sign-in and the log-out, on average. */
const VISIT = 40
/** Part of the visits that begin with a sign-up. */
const NEWCOMERS = 0.1

export const SIGN_UP = 'sign up'

const SESSION = 'session'
const USER = 'user'
const DASHBOARD = 'dashboard'
const RENEWED = 'dashboard, renewed on the way'
const REFRESH = 'refresh'

/** Signs up, looks around, logs out, and comes back, for as long as it is asked to go on. */
export function* live(client: Client, ledger: Ledger): Life {
  let email = yield* signUp(client, ledger)
  for (;;) {
    const isSignedIn = yield* lookAround(client, ledger, email)
    if (isSignedIn) yield* logOut(client)
    if (Math.random() < NEWCOMERS) email = yield* signUp(client, ledger)
    else yield* logIn(client, email)
  }
}

function* signUp(client: Client, { signedUp }: Ledger): Part<string> {
  for (;;) {
    const email = anEmail() // another each time: the one before may have got its account
    const fields = { email, password: PASSWORD, ...client.delivery }
    const reply = yield post(client, SIGN_UP, '/api/auth/signup', 201, fields)
    if (reply?.status !== 201) continue
    client.keep(reply)
    signedUp.push(email)
    return email
  }
}

function* logIn(client: Client, email: string): Part<void> {
  for (;;) {
    const fields = { email, password: PASSWORD, ...client.delivery }
    const reply = yield post(client, 'log in', '/api/auth/login', 200, fields)
    if (reply?.status === 200) return client.keep(reply)
  }
}

/** Until it is done: of an answer that did not come, or was 503, nobody knows whether the session is over. */
function* logOut(client: Client): Part<void> {
  for (;;) {
    const reply = yield post(client, 'log out', '/api/auth/logout', 204)
    if (reply?.status === 204) return client.leave()
  }
}

/** @returns whether the session is still there */
function* lookAround(client: Client, { lostSessions }: Ledger, email: string): Part<boolean> {
  while (Math.random() > 1 / VISIT) {
    const ask = client.look()
    const reply = yield ask
    if (!reply) continue
    const { status, body } = reply
    const isStranger = ask.kind === SESSION && status === 200 && !body.includes(email)
    if (isStranger || status === 401 || status === 307) {
      lostSessions.push(`${ask.kind}: ${status} ${body.slice(0, 200)}`)
      client.leave()
      return false
    }
    if (status === 200) client.keep(reply)
  }
  return true
}

interface Client {
  /** Field of a sign-in: where the tokens go. */
  delivery: { delivery?: 'body' }
  headers(method: Ask['method']): Record<string, string>
  /** A request that changes little. */
  look(): Ask
  /** Takes what an answer brings. */
  keep(reply: Reply): void
  /** Drops what belongs to a session. */
  leave(): void
}

/** Keeps cookies, and says which site a change comes from. */
export function aBrowser(url: string): Client {
  const ip = anAddress()
  const cookies = new Map<string, string>()

  const client: Client = {
    delivery: {},
    headers(method) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      const sent = { 'cf-connecting-ip': ip, ...(cookie ? { cookie } : {}) }
      return method === 'GET' ? sent : { ...sent, origin: url, 'sec-fetch-site': 'same-origin' }
    },
    look() {
      const kind = pick([SESSION, 4], [USER, 2], ['start page', 1], [DASHBOARD, 3], [RENEWED, 1])
      // As browsers do with the cookie of a token that has run out.
      if (kind === RENEWED) cookies.delete('access')
      return get(client, kind)
    },
    keep({ setCookies }) {
      for (const text of setCookies) {
        const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(text) ?? []
        cookies.set(name, value)
      }
    },
    leave() {
      cookies.delete('access')
      cookies.delete('refresh')
    },
  }
  return client
}

/** Keeps tokens. */
export function anApp(): Client {
  const ip = anAddress()
  let tokens: { accessToken?: string; refreshToken?: string } = {}

  const client: Client = {
    delivery: { delivery: 'body' },
    headers() {
      const { accessToken } = tokens
      return { 'cf-connecting-ip': ip, ...(accessToken ? { authorization: `Bearer ${accessToken}` } : {}) }
    },
    look() {
      const kind = pick([USER, 7], [SESSION, 2], [REFRESH, 1])
      if (kind !== REFRESH) return get(client, kind)
      return post(client, kind, '/api/auth/refresh', 200, { refreshToken: tokens.refreshToken })
    },
    keep({ body }) {
      const { accessToken, refreshToken } = JSON.parse(body)
      if (accessToken && refreshToken) tokens = { accessToken, refreshToken }
    },
    leave() {
      tokens = {}
    },
  }
  return client
}

/** One of them, the more often the more it weighs. */
function pick(...weighted: [kind: string, weight: number][]): string {
  const all = weighted.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind))
  return all[Math.floor(Math.random() * all.length)] ?? ''
}

const PATHS = new Map([
  [SESSION, '/api/auth/session'],
  [USER, '/api/me'],
  [DASHBOARD, '/dashboard'],
  [RENEWED, '/dashboard'],
])

function get(client: Client, kind: string): Ask {
  return { kind, method: 'GET', path: PATHS.get(kind) ?? '/', headers: client.headers('GET'), expected: 200 }
}

function post(client: Client, kind: string, path: string, expected: number, fields?: object): Ask {
  const headers = client.headers('POST')
  if (!fields) return { kind, method: 'POST', path, headers, expected }
  const withType = { ...headers, 'content-type': 'application/json' }
  return { kind, method: 'POST', path, headers: withType, body: JSON.stringify(fields), expected }
}
