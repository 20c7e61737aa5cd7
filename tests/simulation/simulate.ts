/** Plays a schedule against a service and watches what must always hold; a breach throws. */
import type { UnixSeconds } from '../../lib/store/contract.ts'
import { NOW } from '../support/builders.ts'
import { endedBy } from './model.ts'
import { type Holder, MAX_SKEW, type Step } from './schedule.ts'
import {
  ACCESS_TTL,
  type Client,
  type End,
  type Fault,
  GRACE,
  IDLE,
  type Issued,
  type Presentation,
  REFRESH_LIMIT,
  SESSION_TTL,
  type Service,
} from './service.ts'

export interface Played {
  /** What came of each presentation, to compare services by. */
  trace: string[]
  /** How many clients lost their session to exchanges that crossed each other, see `isOvertaken`. */
  overtaken: number
  /** Whether nobody stole, and nobody asked for an end. */
  isPeaceful: boolean
}

/**
 * Seconds within which an exchange is prompt. While one is under way another may begin, so that the server sees the two up to
 * twice as far apart, by clocks that are off: the grace must bear that.
 */
const PROMPT = (GRACE - 2 * MAX_SKEW) / 2
const EXPIRES_AT = NOW + SESSION_TTL

interface Exchange {
  holder: Holder
  client: Client
  jar: Issued
  sentAt: UnixSeconds
  /** When the last of it so far was delivered. */
  lastAt: UnixSeconds
  /** What the store did; null before it has seen it. */
  outcome: Presentation['outcome']
  /** Those of the same client that were under way at the same time. */
  beside: Exchange[]
}

type Message = { exchange: Exchange; answer: Issued | null }

/** What is known of a session from what was seen of it. The store's copy has a copy of this. */
interface Known {
  ended: boolean
  /** What became of the account. */
  account: 'active' | 'disabled' | 'deleted'
  /** When its newest token was issued. */
  freshAt: UnixSeconds
  /** What each token was issued for, by its number. */
  issuedFor: Record<number, number>
  renewed: number[]
}

/** What no failover takes back. */
interface History {
  /** Somebody asked for its end. */
  isAsked: boolean
  isStolen: boolean
  hasFailedOver: boolean
  /** Complete renewals outside the grace since both parties held the session. */
  since: { client: number; thief: number }
}

export async function play(service: Service, steps: Step[]): Promise<Played> {
  let now = NOW
  let known: [Known, Known] = [aKnown(), aKnown()]
  let knownCopy = structuredClone(known)
  const histories: [History, History] = [aHistory(), aHistory()]
  const jars = service.first.map((token) => ({ token, number: 1, accessUntil: NOW + ACCESS_TTL })) as [Issued, Issued]
  let thief: { client: Client; jar: Issued } | null = null
  const exchanges: Exchange[] = []
  let underWay: Message[] = []
  const trace: string[] = []
  const overtaken = new Set<Client>()

  function begin(holder: Holder, sentAt = now): Exchange | null {
    const client = holder === 'thief' ? thief?.client : holder
    const jar = holder === 'thief' ? thief?.jar : jars[holder]
    if (client === undefined || !jar) return null
    const beside = exchanges.filter(
      (other) => other.holder === holder && underWay.some((message) => message.exchange === other),
    )
    return note({ holder, client, jar, sentAt, lastAt: now, outcome: null, beside })
  }

  function note(exchange: Exchange): Exchange {
    for (const other of exchange.beside) other.beside.push(exchange)
    exchanges.push(exchange)
    return exchange
  }

  /** The network has one more of `exchange`. */
  function duplicate(exchange: Exchange): Exchange {
    return note({ ...exchange, beside: [exchange, ...exchange.beside] })
  }

  function store(holder: Holder, issued: Issued): void {
    if (holder !== 'thief') jars[holder] = issued
    else if (thief) thief.jar = issued
  }

  /** An honest client renews when its access token has run out, not before. */
  function isDue({ holder, jar }: Exchange, at: UnixSeconds): boolean {
    return holder === 'thief' || at >= jar.accessUntil
  }

  /**
   * The one way in which a client of its own loses its session: two exchanges were under way together, and either one of them
   * was late, or the grace ended between them, so that the second took back what the first was given.
   */
  function isOvertaken(client: Client): boolean {
    const isLate = ({ sentAt, lastAt }: Exchange) => lastAt - sentAt > PROMPT
    return exchanges.some(
      (one) =>
        one.holder === client &&
        one.outcome !== null &&
        one.beside.some(
          ({ outcome }) => outcome !== null && (isLate(one) || (one.outcome === 'repeated' && outcome === 'reissued')),
        ),
    )
  }

  async function handle(exchange: Exchange, skew: number, fault: Fault): Promise<Issued | null> {
    const at = now + skew
    exchange.lastAt = now
    if (!isDue(exchange, at)) return null
    const presentation = await service.present(exchange.jar.token, at, fault)
    exchange.outcome = presentation.outcome
    trace.push(describe(presentation))
    watch(exchange, at, presentation.outcome)
    learn(exchange, presentation)
    return presentation.issued
  }

  function learn({ client, jar }: Exchange, { number }: Presentation): void {
    if (number !== null) known[client].issuedFor[number] = jar.number
  }

  /** Tells from all that was issued whether a token has had its turn, or another was issued in its place. */
  function isSpentOrSuperseded({ client, jar: { number } }: Exchange): boolean {
    const { issuedFor, renewed } = known[client]
    const comesFrom = (other: number): boolean => {
      const parent = issuedFor[other]
      return parent !== undefined && (parent === number || comesFrom(parent))
    }
    const isSpent = renewed.some(comesFrom)
    const rivals = Object.entries(issuedFor).filter(([, parent]) => parent === issuedFor[number])
    const isSuperseded = !renewed.includes(number) && rivals.some(([rival]) => Number(rival) > number)
    return isSpent || isSuperseded
  }

  function watch(exchange: Exchange, at: UnixSeconds, outcome: Presentation['outcome']): void {
    if (outcome === null || outcome === 'limited') return
    const { client, holder, jar } = exchange
    const session = known[client]
    const history = histories[client]
    const isRenewed = outcome === 'advanced' || outcome === 'repeated' || outcome === 'reissued'
    const isExpired = at >= EXPIRES_AT || at - session.freshAt >= IDLE

    must(!(isRenewed && session.ended), 'a session that has ended was renewed')
    must(!(isRenewed && isExpired), 'a session that has expired was renewed')
    must(session.ended || (outcome === 'expired') === isExpired, `a session is ${isExpired ? '' : 'not '}expired`)
    must(outcome !== 'revoked' || session.ended, 'a session that runs is revoked')
    must((outcome === 'unknown') === (session.account !== 'active'), `the account is ${session.account}: ${outcome}`)
    if (!session.ended && !isExpired && !history.hasFailedOver) {
      const isReuse = isSpentOrSuperseded(exchange)
      must((outcome === 'reused') === isReuse, `${isReuse ? 'a spent' : 'a good'} token, ${jar.number}, is ${outcome}`)
    }
    if (outcome === 'reused') session.ended = true
    if (!isRenewed) {
      if (holder === 'thief' || history.isAsked || history.isStolen || isExpired) return
      must(isOvertaken(holder), `a client is logged out: ${outcome}`)
      overtaken.add(holder)
      return
    }
    if (at - session.freshAt <= GRACE) history.since = { client: 0, thief: 0 }
    if (outcome !== 'repeated') session.freshAt = at
    if (!session.renewed.includes(jar.number)) session.renewed.push(jar.number)
  }

  /** Counts what the two who hold a session have renewed: after two times each it must have ended. */
  function count({ client, holder }: Exchange, wasOutsideGrace: boolean): void {
    const { isStolen, hasFailedOver, since } = histories[client]
    if (!isStolen || hasFailedOver || !wasOutsideGrace || thief?.client !== client) return
    since[holder === 'thief' ? 'thief' : 'client'] += 1
    must(Math.min(since.client, since.thief) < 2, 'victim and thief have both renewed twice')
  }

  function deliverAnswer({ exchange, answer }: { exchange: Exchange; answer: Issued }): void {
    exchange.lastAt = now
    if (exchange.holder === 'thief' && thief?.client !== exchange.client) return
    store(exchange.holder, answer)
    histories[exchange.client].since = { client: 0, thief: 0 }
  }

  /** The rest of an exchange whose request arrives now. */
  async function finish(
    exchange: Exchange,
    fate: 'answered' | 'answer lost' | 'answer held',
    { skew, fault }: { skew: number; fault: Fault },
    isImmediate: boolean,
  ): Promise<void> {
    const wasOutsideGrace = now + skew - known[exchange.client].freshAt > GRACE
    const issued = await handle(exchange, skew, fault)
    if (!issued) return
    if (fate === 'answer held') underWay.push({ exchange, answer: issued })
    if (fate !== 'answered') return
    if (!isImmediate) return deliverAnswer({ exchange, answer: issued })
    store(exchange.holder, issued)
    count(exchange, wasOutsideGrace)
  }

  async function askAtOnce(client: Client, tabs: number, last: number, skew: number): Promise<void> {
    const at = now + skew
    const asking = Array.from({ length: tabs }, () => begin(client)).filter((exchange) => exchange !== null)
    const [first] = asking
    if (!first || !isDue(first, at)) return
    const presented = await Promise.all(asking.map(({ jar }) => service.present(jar.token, at, 'none')))
    presented.sort((a, b) => (describe(a) < describe(b) ? -1 : 1)) // who of equals comes first is chance
    for (const [index, presentation] of presented.entries()) {
      const exchange = asking[index]
      if (!exchange) continue
      exchange.outcome = presentation.outcome
      trace.push(describe(presentation))
    }
    const outcomes = presented.map(({ outcome }) => outcome)
    const ofNew = outcomes.filter((outcome) => outcome === 'advanced' || outcome === 'reissued')
    const answered = presented.filter(({ issued }) => issued !== null)
    must(answered.length <= REFRESH_LIMIT.limit, 'the limit let too many through')
    must(ofNew.length <= 1, 'of tabs that ask at once more than one got a token of its own')
    for (const [index, exchange] of asking.entries()) {
      const presentation = presented[index]
      if (!presentation) continue
      watch(exchange, at, presentation.outcome)
      learn(exchange, presentation)
    }
    const answers = presented.flatMap(({ issued }) => issued ?? [])
    const stored = answers[last % Math.max(answers.length, 1)]
    if (stored) store(client, stored)
    histories[client].since = { client: 0, thief: 0 }
  }

  async function raceWithLogout(client: Client, tabs: number, skew: number): Promise<void> {
    const at = now + skew
    histories[client].isAsked = true
    const asking = Array.from({ length: tabs }, () => service.present(jars[client].token, at, 'none'))
    await Promise.all([...asking, service.end('logout', client, at, 'none')])
    known[client].ended = true
  }

  async function take(step: Step): Promise<void> {
    switch (step.do) {
      case 'ask': {
        const exchange = begin(step.holder)
        if (!exchange) return
        if (step.twice) underWay.push({ exchange: duplicate(exchange), answer: null })
        if (step.fate === 'request held') underWay.push({ exchange, answer: null })
        else await finish(exchange, step.fate, step, true)
        return
      }
      case 'ask at once':
        return askAtOnce(step.client, step.tabs, step.last, step.skew)
      case 'deliver': {
        const message = underWay[step.which % Math.max(underWay.length, 1)]
        if (!message) return
        underWay = underWay.filter((other) => other !== message)
        const { exchange, answer } = message
        if (step.twice) underWay.push({ exchange: duplicate(exchange), answer })
        if (answer) deliverAnswer({ exchange, answer })
        else await finish(exchange, step.fate, step, false)
        return
      }
      case 'steal':
        thief = { client: step.client, jar: jars[step.client] }
        histories[step.client].isStolen = true
        histories[step.client].since = { client: 0, thief: 0 }
        return
      case 'end': {
        for (const client of endedBy(step.how, step.client)) {
          histories[client].isAsked = true
          if (step.fault !== 'before') known[client].ended = true
        }
        if (step.fault !== 'before')
          for (const session of known) session.account = accountAfter(step.how, session.account)
        const isDone = await service.end(step.how, step.client, now + step.skew, step.fault).then(
          () => true,
          () => false,
        )
        must(isDone === (step.fault === 'none'), `what was asked for has ${isDone ? 'succeeded' : 'failed'}`)
        return
      }
      case 'race with logout':
        return raceWithLogout(step.client, step.tabs, step.skew)
      case 'copy':
        knownCopy = structuredClone(known)
        return service.copy()
      case 'fail over':
        known = structuredClone(knownCopy)
        for (const history of histories) history.hasFailedOver = true
        return service.failOver()
      case 'forge':
        return must(
          await service.refusesForged(jars[step.client].token, step.forgery),
          'a forged token was taken, or reached the store',
        )
    }
  }

  await service.copy()
  for (const step of steps) {
    now += step.wait
    await take(step)
  }
  for (const client of [0, 1] as const) {
    now += ACCESS_TTL + 2 * REST
    await take({ do: 'ask', holder: client, fate: 'answered', twice: false, fault: 'none', wait: 0, skew: 0 })
  }
  must(!(await service.holdsSecrets()), 'the store holds what could be replayed')
  const isPeaceful = histories.every(({ isAsked, isStolen }) => !isAsked && !isStolen)
  return { trace, overtaken: overtaken.size, isPeaceful }
}

/** Long enough for the limit of presentations to be forgotten. */
const REST = 60

function accountAfter(how: End, account: Known['account']): Known['account'] {
  if (how === 'delete' || account === 'deleted') return 'deleted'
  if (how === 'disable') return 'disabled'
  return how === 'enable' ? 'active' : account
}

function describe({ outcome, number, issued }: Presentation): string {
  return `${outcome} ${number} ${issued ? `until ${issued.accessUntil}` : ''}`
}

function must(holds: boolean, breach: string): void {
  if (!holds) throw new Error(breach)
}

function aKnown(): Known {
  return { ended: false, account: 'active', freshAt: NOW, issuedFor: { 1: 0 }, renewed: [] }
}

function aHistory(): History {
  return { isAsked: false, isStolen: false, hasFailedOver: false, since: { client: 0, thief: 0 } }
}
