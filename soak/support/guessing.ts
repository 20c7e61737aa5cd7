/** Somebody who guesses passwords without a pause, and people who log in meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import autocannon from 'autocannon'
import { aMember, type Member, PASSWORD } from '../../tests/http/support/app.ts'
import { Client } from '../../tests/support/client.ts'

const LOGIN = '/api/auth/login'
/** Connections of the attacker. */
const WIDTH = 16
/** Seconds; longer than anything of the app's may take. */
const TIMEOUT = 30
/** Of one account in a run: fewer than its limit. */
const LOGINS_EACH = 6
const EVERY_MS = 1_000
/** In a run, with those from a new device: as many as the account's limit has, so that nobody but the attacker uses it up. */
const KNOWN_BROWSER_LOGINS = 8
const NEW_DEVICE_LOGINS = 2

/** Whose password is guessed, and where from: asked anew for each guess. */
export interface Attack {
  address(): string
  email(): string
}

/** What became of an attack's guesses. */
export interface Guesses {
  /** Hashed, and found wrong: 401. */
  judged: number
  /** By a limit: 429. */
  refused: number
  /** How often each status was answered, those two included. */
  statuses: Map<number, number>
  /** What refused, such as `"login-ip";q=20;w=60`. */
  policies: Set<string>
}

export async function guess(url: string, { address, email }: Attack, seconds: number): Promise<Guesses> {
  const statuses = new Map<number, number>()
  const policies = new Set<string>()
  await autocannon({
    url,
    connections: WIDTH,
    duration: seconds,
    timeout: TIMEOUT,
    setupClient(connection) {
      connection.setRequests([
        {
          setupRequest: (request) => ({
            ...request,
            method: 'POST',
            path: LOGIN,
            headers: { 'cf-connecting-ip': address(), 'content-type': 'application/json' },
            body: JSON.stringify({ email: email(), password: crypto.randomUUID() }),
          }),
          onResponse(status, _, _context, headers) {
            statuses.set(status, (statuses.get(status) ?? 0) + 1)
            for (const [name, value] of Object.entries(headers)) {
              if (/^ratelimit-policy$/i.test(name)) policies.add(`${value}`)
            }
          },
        },
      ])
    },
  })
  return { judged: statuses.get(401) ?? 0, refused: statuses.get(429) ?? 0, statuses, policies }
}

/** Log-ins with the right password. */
export interface Logins {
  /** Milliseconds that each answer took. */
  durations: number[]
  statuses: number[]
}

export interface Meanwhile {
  /** One a second, each from an address of its own. */
  others: Logins
  /** Of one account, from the browser that it was signed up for in. */
  knownBrowser: Logins
  /** Of the same account, each from a browser that nobody has seen. */
  newDevice: Logins
}

/** People with accounts. */
export interface Bystanders {
  emails: string[]
  /** In the browser that they signed up in. */
  victim: Member
}

/** As many as log in during `seconds`. */
export async function gatherBystanders(url: string, seconds: number): Promise<Bystanders> {
  const emails: string[] = []
  while (emails.length < (seconds * 1_000) / EVERY_MS / LOGINS_EACH) emails.push((await aMember({ url })).email)
  return { emails, victim: await aMember({ url }) }
}

/** Logs in at set times, however long the answers take. */
export async function logInMeanwhile(url: string, { emails, victim }: Bystanders, seconds: number): Promise<Meanwhile> {
  const time = seconds * 1_000
  const other = (index: number) => logIn(new Client(url), emails[index % emails.length] ?? '')
  const [others, knownBrowser, newDevice] = await Promise.all([
    spread(Math.ceil(time / EVERY_MS), time, other),
    spread(KNOWN_BROWSER_LOGINS, time, () => logIn(victim, victim.email)),
    spread(NEW_DEVICE_LOGINS, time, () => logIn(new Client(url), victim.email)),
  ])
  return { others, knownBrowser, newDevice }
}

/** Begins `count` log-ins at equal distances, the first after half of one. */
async function spread(
  count: number,
  time: number,
  logIn: (index: number) => Promise<[number, number]>,
): Promise<Logins> {
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await sleep((time * (index + 0.5)) / count)
      return logIn(index)
    }),
  )
  return { durations: answers.map(([, duration]) => duration), statuses: answers.map(([status]) => status) }
}

/** @returns status, and milliseconds */
async function logIn(browser: Client, email: string): Promise<[number, number]> {
  const start = performance.now()
  const { status } = await browser.post(LOGIN, { email, password: PASSWORD })
  return [status, performance.now() - start]
}
