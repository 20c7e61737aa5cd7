/** What a browser or an app sends to whom, job by job: clients for `load.ts`. */
import { type Answer, cookiesOf, formRequest, jsonRequest, request, type Send } from './connection.ts'
import type { Operation, Prepare, Stocked } from './load.ts'

const PASSWORD = 'correct horse battery'
const REDIRECT = 'http://auth.example.com/done'

/** Sessions of a client, made before each round, for it to end. An account has 50 at most. */
const STOCK = 45

let counter = 0
const aNumber = () => ++counter
const anEmail = () => `user-${aNumber()}@example.com`
/** Each client from an address of its own, so that nobody shares a limit. */
const anAddress = () => {
  const number = aNumber()
  return { 'cf-connecting-ip': `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}` }
}

/** One request, always the same. */
export function asking(path: string, headers: Record<string, string> = {}): Prepare {
  const text = request('GET', path, headers)
  return (send) => async () => expectStatus(await send(text), 200)
}

/** A job of Gatehouse for `workers/minimal.ts`, whose Redis has to know its scripts before. */
export function minimal(prepare: Prepare): Prepare {
  return async (send) => {
    expectStatus(await send(request('GET', '/load')), 200)
    return prepare(send)
  }
}

/** The jobs of `workers/floors.ts` that ask the store. */
export const floors = {
  signIn:
    (path: '/login' | '/signup'): Prepare =>
    (send) => {
      const from = anAddress()
      return async () => {
        expectStatus(await send(jsonRequest(path, { email: anEmail(), password: PASSWORD }, from)), 200)
      }
    },
  signOut: (send: Send): Operation => {
    const text = request('POST', '/logout', { cookie: 'access=x; refresh=v1.x', ...anAddress() })
    return async () => expectStatus(await send(text), 204)
  },
  refresh: (send: Send): Operation => {
    const from = anAddress()
    let refreshToken = 'v1'
    return async () => {
      refreshToken = readJson(await send(jsonRequest('/refresh', { refreshToken }, from)), 200).refreshToken
    }
  },
}

/** The next of `tokens`, whoever asks: with more than an isolate remembers, each is new to it. */
export function showing(tokens: string[], path = '/check'): Prepare {
  const requests = tokens.map((token) => request('GET', path, { cookie: `access=${token}` }))
  let next = 0
  return (send) => async () => expectStatus(await send(requests[next++ % requests.length] ?? ''), 200)
}

export const gatehouse = {
  session: async (send: Send): Promise<Operation> => askWith(send, '/api/auth/session', await aSession(send)),
  page: async (send: Send): Promise<Operation> => askWith(send, '/dashboard', await aSession(send)),
  /** What a page asks of `lib/`, without the page. */
  check: async (send: Send): Promise<Operation> => askWith(send, '/check', await aSession(send)),
  signUp: (send: Send): Operation => {
    const from = anAddress()
    return async () => {
      const body = { email: anEmail(), password: PASSWORD }
      expectStatus(await send(jsonRequest('/api/auth/signup', body, from)), 201)
    }
  },
  logIn: async (send: Send): Promise<Operation> => {
    const from = anAddress()
    const body = { email: anEmail(), password: PASSWORD }
    expectStatus(await send(jsonRequest('/api/auth/signup', body, from)), 201)
    return async () => expectStatus(await send(jsonRequest('/api/auth/login', body, from)), 200)
  },
  logOut: async (send: Send): Promise<Stocked> => {
    const from = anAddress()
    const body = { email: anEmail(), password: PASSWORD }
    expectStatus(await send(jsonRequest('/api/auth/signup', body, from)), 201)
    const logIn = () => send(jsonRequest('/api/auth/login', body, from))
    const logOut = (cookie: string) => send(request('POST', '/api/auth/logout', { cookie, ...from }))
    return ofSessions(logIn, async (cookie) => expectStatus(await logOut(cookie), 204))
  },
  /** Of one session, which has ended by then: the store is asked the same. */
  logOutAgain: async (send: Send): Promise<Operation> => {
    const text = request('POST', '/api/auth/logout', { cookie: await aSession(send), ...anAddress() })
    return async () => expectStatus(await send(text), 204)
  },
  refresh: async (send: Send): Promise<Operation> => {
    const from = anAddress()
    const body = { email: anEmail(), password: PASSWORD, delivery: 'body' }
    const signedUp = await send(jsonRequest('/api/auth/signup', body, from))
    let { refreshToken } = readJson(signedUp, 201)
    return async () => {
      const answer = await send(jsonRequest('/api/auth/refresh', { refreshToken }, from))
      refreshToken = readJson(answer, 200).refreshToken
    }
  },
}

async function aSession(send: Send): Promise<string> {
  const body = { email: anEmail(), password: PASSWORD }
  const answer = await send(jsonRequest('/api/auth/signup', body, anAddress()))
  expectStatus(answer, 201)
  return cookiesOf(answer)
}

/** Ends sessions that `logIn` opens. */
function ofSessions(logIn: () => Promise<Answer>, logOut: (cookie: string) => Promise<void>): Stocked {
  const cookies: string[] = []
  return {
    count: STOCK,
    async fill() {
      while (cookies.length < STOCK) {
        const answer = await logIn()
        expectStatus(answer, 200)
        cookies.push(cookiesOf(answer))
      }
    },
    async operation() {
      await logOut(cookies.pop() ?? '')
    },
  }
}

function askWith(send: Send, path: string, cookie: string): Operation {
  const text = request('GET', path, { cookie })
  return async () => expectStatus(await send(text), 200)
}

const ORIGIN = { origin: 'http://auth.example.com' }

export const betterAuth = {
  check: async (send: Send): Promise<Operation> => {
    return askWith(send, '/check', await betterAuth.session(send))
  },
  /** @returns cookies */
  session: async (send: Send): Promise<string> => {
    const body = { email: anEmail(), password: PASSWORD, name: 'Ada' }
    const signedUp = await send(jsonRequest('/api/auth/sign-up/email', body, ORIGIN))
    expectStatus(signedUp, 200)
    return cookiesOf(signedUp)
  },
  logOut: async (send: Send): Promise<Stocked> => {
    const body = { email: anEmail(), password: PASSWORD }
    expectStatus(await send(jsonRequest('/api/auth/sign-up/email', { ...body, name: 'Ada' }, ORIGIN)), 200)
    const logIn = () => send(jsonRequest('/api/auth/sign-in/email', body, ORIGIN))
    const logOut = (cookie: string) => send(jsonRequest('/api/auth/sign-out', {}, { cookie, ...ORIGIN }))
    return ofSessions(logIn, async (cookie) => expectStatus(await logOut(cookie), 200))
  },
  signUp: (send: Send): Operation => {
    return async () => {
      const body = { email: anEmail(), password: PASSWORD, name: 'Ada' }
      expectStatus(await send(jsonRequest('/api/auth/sign-up/email', body, ORIGIN)), 200)
    }
  },
  logIn: async (send: Send): Promise<Operation> => {
    const body = { email: anEmail(), password: PASSWORD }
    expectStatus(await send(jsonRequest('/api/auth/sign-up/email', { ...body, name: 'Ada' }, ORIGIN)), 200)
    return async () => expectStatus(await send(jsonRequest('/api/auth/sign-in/email', body, ORIGIN)), 200)
  },
}

/**
 * Its code flow, from the form that was filled in to the tokens. What comes before (`/authorize`, the form) is not counted; of
 * a sign-up, which proves the address by a code, the mail is not.
 */
export const openAuth = {
  check: async (send: Send): Promise<Operation> => {
    const text = request('GET', '/check', { authorization: await openAuth.session(send) })
    return async () => expectStatus(await send(text), 200)
  },
  /** @returns `Authorization` */
  session: async (send: Send): Promise<string> => {
    const { access_token: token } = await signUpToOpenAuth(send, await startOpenAuth(send), anEmail())
    return `Bearer ${token}`
  },
  signUp: async (send: Send): Promise<Operation> => {
    const flow = await startOpenAuth(send)
    return async () => void (await signUpToOpenAuth(send, flow, anEmail()))
  },
  logIn: async (send: Send): Promise<Operation> => {
    const flow = await startOpenAuth(send)
    const email = anEmail()
    await signUpToOpenAuth(send, flow, email)
    return async () => {
      const fields = { email, password: PASSWORD }
      const answer = await send(formRequest('/password/authorize', fields, { cookie: flow.authorization }))
      await exchangeCode(send, answer)
    }
  },
  refresh: async (send: Send): Promise<Operation> => {
    let { refresh_token: token } = await signUpToOpenAuth(send, await startOpenAuth(send), anEmail())
    return async () => {
      const fields = { grant_type: 'refresh_token', refresh_token: token }
      token = readJson(await send(formRequest('/token', fields)), 200).refresh_token
    }
  },
}

interface OpenAuthFlow {
  /** Cookies that its first pages set. */
  authorization: string
  provider: string
}

async function startOpenAuth(send: Send): Promise<OpenAuthFlow> {
  const query = new URLSearchParams({ client_id: 'bench', redirect_uri: REDIRECT, response_type: 'code' })
  const authorization = cookiesOf(await send(request('GET', `/authorize?${query}`)))
  return { authorization, provider: cookiesOf(await send(request('GET', '/password/register'))) }
}

async function signUpToOpenAuth(send: Send, { authorization, provider }: OpenAuthFlow, email: string) {
  const fields = { action: 'register', email, password: PASSWORD, repeat: PASSWORD }
  const registered = await send(formRequest('/password/register', fields, { cookie: `${authorization}; ${provider}` }))
  expectStatus(registered, 200)
  const cookie = `${authorization}; ${cookiesOf(registered)}`
  const verified = await send(
    formRequest('/password/register', { action: 'verify', code: registered.body }, { cookie }),
  )
  return exchangeCode(send, verified)
}

async function exchangeCode(send: Send, redirected: Answer) {
  expectStatus(redirected, 302)
  const [, code = ''] = /\r\nlocation: *[^\r\n]*[?&]code=([\w-]+)/i.exec(redirected.head) ?? []
  const fields = { grant_type: 'authorization_code', code, redirect_uri: REDIRECT, client_id: 'bench' }
  return readJson(await send(formRequest('/token', fields)), 200)
}

export const authJs = {
  check: async (send: Send): Promise<Operation> => {
    const answer = await (await startAuthJs(send))()
    const text = request('GET', '/check', { cookie: cookiesOf(answer) })
    return async () => expectStatus(await send(text), 200)
  },
  logIn: async (send: Send): Promise<Operation> => {
    const logIn = await startAuthJs(send)
    return async () => void (await logIn())
  },
}

async function startAuthJs(send: Send): Promise<() => Promise<Answer>> {
  const credentials = { email: anEmail(), password: PASSWORD }
  expectStatus(await send(jsonRequest('/prepare', credentials)), 200)
  const csrf = await send(request('GET', '/auth/csrf'))
  const fields = { ...credentials, csrfToken: readJson(csrf, 200).csrfToken }
  return async () => {
    const answer = await send(formRequest('/auth/callback/credentials', fields, { cookie: cookiesOf(csrf) }))
    expectStatus(answer, 302)
    if (!/\r\nset-cookie: *authjs\.session-token=/i.test(answer.head)) throw new Error('Auth.js refuses to log in')
    return answer
  }
}

export const ironSession = {
  check: async (send: Send): Promise<Operation> => {
    const text = request('GET', '/check', { cookie: cookiesOf(await send(request('GET', '/seal'))) })
    return async () => expectStatus(await send(text), 200)
  },
}

function expectStatus(answer: Answer, status: number): void {
  if (answer.status !== status) throw new Error(`${answer.head}\n\n${answer.body}`)
}

interface Tokens {
  refreshToken: string
  access_token: string
  refresh_token: string
  csrfToken: string
}

/** What is read of it, the next request proves. */
function readJson(answer: Answer, status: number): Tokens {
  expectStatus(answer, status)
  return JSON.parse(answer.body)
}
