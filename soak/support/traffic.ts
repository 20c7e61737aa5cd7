/** Many people at once, each on a connection of their own, by autocannon. */
import autocannon from 'autocannon'
import { send } from '../../tests/support/client.ts'
import { isLost } from './lost.ts'
import { type Ask, aBrowser, anApp, type Ledger, type Life, live, type Reply, SIGN_UP } from './people.ts'

/** Seconds, after which an answer counts as none. Longer than anything of the app's may take. */
const TIMEOUT = 30
/** Sign-ups at once before the clock starts. */
const PREPARING = 4

/** How requests of one kind were answered. */
export interface Tally {
  /** Milliseconds that each answer took. */
  durations: number[]
  /** How often each status was answered. */
  statuses: Map<number, number>
  /** Neither what was expected, nor 503. */
  undocumented: string[]
  /** Requests without an answer. */
  unanswered: number
}

export interface Traffic extends Ledger {
  /** By kind of request. */
  tallies: Map<string, Tally>
  seconds: number
}

interface Person {
  life: Life
  /** The next request. */
  ask: Ask
}

/** People with a session each, who have not been measured yet. */
export interface Crowd {
  people: Person[]
  ledger: Ledger
}

/** Half of them in browsers, half in apps. */
export async function gather(url: string, size: number): Promise<Crowd> {
  const ledger: Ledger = { signedUp: [], lostSessions: [] }
  const people: Person[] = []
  async function signUp(): Promise<void> {
    while (people.length < size) {
      const life = live(people.length % 2 === 0 ? aBrowser(url) : anApp(), ledger)
      const person = { life, ask: life.next(null).value }
      people.push(person)
      while (person.ask.kind === SIGN_UP) person.ask = life.next(await sendOne(url, person.ask)).value
    }
  }
  await Promise.all(Array.from({ length: PREPARING }, signUp))
  return { people, ledger }
}

async function sendOne(url: string, { method, path, headers, body }: Ask): Promise<Reply> {
  const { status, text, fields } = await send(url + path, { method, headers, body })
  return { status, body: text, setCookies: fields.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : [])) }
}

/** @param seconds how long to go on for */
export async function letLoose(url: string, { people, ledger }: Crowd, seconds: number): Promise<Traffic> {
  const tallies = new Map<string, Tally>()
  const left = [...people]
  const { duration } = await autocannon({
    url,
    connections: people.length,
    duration: seconds,
    timeout: TIMEOUT,
    setupClient(connection) {
      const person = left.pop()
      if (!person) throw new Error('More connections than people')
      follow(connection, person, tallies)
    },
  })
  return { ...ledger, tallies, seconds: duration }
}

function follow(connection: import('autocannon').Client, { life, ask }: Person, tallies: Map<string, Tally>): void {
  let current = ask
  let reply: Reply | null = null
  let isSent = false
  connection.setRequests([
    {
      setupRequest(request) {
        if (isSent) {
          if (!reply) tallyOf(tallies, current.kind).unanswered += 1
          current = life.next(reply).value
        }
        isSent = true
        reply = null
        const { method, path, headers, body } = current
        return { ...request, method, path, headers, body }
      },
      onResponse(status, body, _, headers) {
        const setCookies = Object.entries(headers).flatMap(([name, value]) => (/^set-cookie$/i.test(name) ? value : []))
        reply = isLost(status, body) ? null : { status, body, setCookies }
      },
    },
  ])
  connection.on('response', (status, _, milliseconds) => {
    if (!reply) return
    const { durations, statuses, undocumented } = tallyOf(tallies, current.kind)
    durations.push(milliseconds)
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    if (status !== current.expected && status !== 503) undocumented.push(`${status} ${reply.body.slice(0, 200)}`)
  })
}

function tallyOf(tallies: Map<string, Tally>, kind: string): Tally {
  const tally = tallies.get(kind) ?? { durations: [], statuses: new Map(), undocumented: [], unanswered: 0 }
  tallies.set(kind, tally)
  return tally
}
