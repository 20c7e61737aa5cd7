import { afterAll, expect, inject, it } from 'vitest'
import { whenAndWhere, writeSection } from '../bench/support/report.ts'
import { quantile } from '../bench/support/statistics.ts'
import type { Table } from '../bench/support/table.ts'
import { anEmail } from '../tests/http/support/app.ts'
import { anAddress } from '../tests/support/client.ts'
import { RAISED_LIMITS, startInstance, TARGETS, type Target } from '../tests/support/instances.ts'
import { findLost } from '../tests/support/signup-load.ts'
import {
  type Attack,
  type Guesses,
  gatherBystanders,
  guess,
  type Logins,
  logInMeanwhile,
  type Meanwhile,
} from './support/guessing.ts'
import { inMebibytes, memoryOf } from './support/memory.ts'
import './support/provided-context.ts'
import { gather, letLoose, type Tally, type Traffic } from './support/traffic.ts'

const CONNECTIONS = 64
/** Log-ins at once when it is looked whose sign-up was lost. */
const FINDING = 4
/** Of the minutes of a run, how many an attack goes on for. */
const ATTACK_PART = 0.1
/** Seconds: guesses that are hashed at once take some. */
const SHORTEST_ATTACK = 15
const HOUR = 3_600

interface Guesser {
  title: string
  /** The limit that holds. */
  limit: string | null
  /** Null: nobody guesses. */
  attackOn(victim: string): Attack | null
}

/** Addresses that nobody has are hashed alike. */
const GUESSERS: Guesser[] = [
  { title: 'nobody', limit: null, attackOn: () => null },
  {
    title: 'one address, any account',
    limit: 'login-ip',
    attackOn() {
      const own = anAddress()
      return { address: () => own, email: anEmail }
    },
  },
  { title: 'any address, any account', limit: null, attackOn: () => ({ address: anAddress, email: anEmail }) },
  {
    title: 'any address, one account',
    limit: 'login-account',
    attackOn: (victim) => ({ address: anAddress, email: () => victim }),
  },
]

const tables: Table[] = []
const totals: Table['rows'] = []

function publish(task: { meta: { table?: Table } }, table: Table): void {
  task.meta.table = table
  tables.push(table)
}

afterAll(() => {
  if (!process.env.GATEHOUSE_SOAK_WRITE || tables.length < 2 * TARGETS.length + 1) return
  const where = `${whenAndWhere()} Traffic of ${inject('minutes')} minutes.`
  writeSection('security.md', 'npm run soak load -- --write', tables, where)
})

it.for(TARGETS)('mixed traffic, %s', async (target, { task }) => {
  const app = await startInstance(target, { settings: RAISED_LIMITS })
  try {
    const crowd = await gather(app.url, CONNECTIONS)
    const before = memoryOf(app)
    const traffic = await letLoose(app.url, crowd, inject('minutes') * 60)
    const memory = [before, memoryOf(app)].map(inMebibytes)
    const lost = await findLost(app.url, traffic.signedUp, FINDING)
    publish(task, trafficTable(target, traffic))
    totals.push([target, ...Object.values(countsOf(traffic)), traffic.lostSessions.length, lost.length, ...memory])
    expectServed(traffic)
    expect(lost, 'every sign-up that was answered with 201 can log in').toEqual([])
  } finally {
    await app.stop()
  }
})

it('mixed traffic, on the whole', ({ task }) => {
  const columns = [
    'requests',
    '503',
    'undocumented',
    'unanswered',
    'sessions lost',
    'sign-ups lost',
    'MiB before',
    'after',
  ]
  expect(totals).toHaveLength(TARGETS.length)
  publish(task, { title: 'Mixed traffic, on the whole', columns: ['', ...columns], rows: totals })
})

function trafficTable(target: Target, { tallies, seconds }: Traffic): Table {
  const rows = [...tallies].map(([kind, { durations, statuses, undocumented, unanswered }]) => {
    const rate = Number((durations.length / seconds).toPrecision(3))
    const times = [0.5, 0.99].map((part) => Math.round(quantile(durations, part)))
    return [kind, durations.length, rate, ...times, statuses.get(503) ?? 0, undocumented.length, unanswered]
  })
  return {
    title: `Mixed traffic, ${target}; ${CONNECTIONS} connections, milliseconds`,
    columns: ['', 'answers', 'a second', 'median', 'p99', '503', 'undocumented', 'unanswered'],
    rows: rows.sort(([, a], [, b]) => Number(b) - Number(a)),
  }
}

function countsOf({ tallies }: Traffic) {
  const sum = (count: (tally: Tally) => number) => [...tallies.values()].reduce((total, each) => total + count(each), 0)
  return {
    requests: sum(({ durations, unanswered }) => durations.length + unanswered),
    unavailable: sum(({ statuses }) => statuses.get(503) ?? 0),
    undocumented: sum(({ undocumented }) => undocumented.length),
    unanswered: sum(({ unanswered }) => unanswered),
  }
}

function expectServed(traffic: Traffic): void {
  for (const [kind, { undocumented }] of traffic.tallies) {
    expect(undocumented, `${kind}: every answer is a documented one`).toEqual([])
  }
  expect(traffic.lostSessions, 'nobody is signed out who did not log out').toEqual([])
  const { requests, unanswered } = countsOf(traffic)
  expect(unanswered, 'hardly any answer is lost on the way').toBeLessThan(Math.max(1, requests / 1_000))
}

it.for(TARGETS)('guessing, %s', async (target, { task }) => {
  const seconds = Math.max(SHORTEST_ATTACK, inject('minutes') * 60 * ATTACK_PART)
  const app = await startInstance(target)
  try {
    const outcomes: Outcome[] = []
    for (const guesser of GUESSERS) outcomes.push(await attack(app.url, guesser, seconds))
    publish(task, guessingTable(target, outcomes, seconds))
    for (const outcome of outcomes) expectHeld(outcome)
  } finally {
    await app.stop()
  }
})

interface Outcome extends Pick<Guesser, 'title' | 'limit'> {
  guesses: Guesses | null
  meanwhile: Meanwhile
  /** Unix seconds. */
  from: number
  to: number
}

async function attack(url: string, { title, limit, attackOn }: Guesser, seconds: number): Promise<Outcome> {
  const bystanders = await gatherBystanders(url, seconds)
  const attacker = attackOn(bystanders.victim.email)
  const from = Date.now() / 1_000
  const [guesses, meanwhile] = await Promise.all([
    attacker ? guess(url, attacker, seconds) : null,
    logInMeanwhile(url, bystanders, seconds),
  ])
  return { title, limit, guesses, meanwhile, from, to: Date.now() / 1_000 }
}

function guessingTable(target: Target, outcomes: Outcome[], seconds: number): Table {
  const rows = outcomes.map(({ title, guesses, meanwhile: { others, knownBrowser, newDevice } }) => {
    const times = [0.5, 0.99].map((part) => Math.round(quantile(others.durations, part)))
    const logins = [served(others), ...times, served(knownBrowser), served(newDevice)]
    if (!guesses) return [title, 0, 0, 0, 0, '', ...logins]
    const { judged, refused, statuses } = guesses
    const failed = statuses.get(503) ?? 0
    return [title, judged + refused + failed, judged, refused, failed, hourly(guesses, seconds), ...logins]
  })
  const columns = ['guesses', 'judged', '429', '503', 'judged an hour']
  const loginColumns = ['others log in', 'median', 'p99', 'victim, known browser', 'victim, new device']
  return { title: `Guessing, ${target}; milliseconds`, columns: ['who guesses', ...columns, ...loginColumns], rows }
}

function served({ statuses }: Logins): string {
  return `${statuses.filter((status) => status === 200).length} of ${statuses.length}`
}

/** As the limits have it, or where none was met, as it was seen. */
function hourly({ judged, policies }: Guesses, seconds: number): string {
  const limits = [...policies].map(readPolicy).map(({ name, quota, window }) => `${(quota * HOUR) / window}, ${name}`)
  return limits.join('; ') || `${Math.round((judged / seconds) * HOUR)}, no limit`
}

/** @param policy such as `"login-ip";q=20;w=60`, the window in seconds */
function readPolicy(policy: string) {
  const [, name = '', quota, window] = /^"([\w-]+)";q=(\d+);w=(\d+)$/.exec(policy) ?? []
  return { name, quota: Number(quota), window: Number(window) }
}

function expectHeld({ title, limit, guesses, meanwhile, from, to }: Outcome): void {
  const { others, knownBrowser, newDevice } = meanwhile
  expect(new Set(others.statuses), `${title}: others log in`).toEqual(new Set([200]))
  expect(new Set(knownBrowser.statuses), `${title}: the victim's browser logs in`).toEqual(new Set([200]))
  expect([200, 429], `${title}: a new device`).toEqual(expect.arrayContaining(newDevice.statuses))
  if (!guesses) return
  const { judged, statuses } = guesses
  const policies = [...guesses.policies].map(readPolicy)
  expect(judged, `${title}: guesses are judged`).toBeGreaterThan(0)
  expect([401, 429, 503], `${title}: documented answers`).toEqual(expect.arrayContaining([...statuses.keys()]))
  expect(
    policies.map(({ name }) => name),
    `${title}: what refuses`,
  ).toEqual(limit ? [limit] : [])
  for (const { name, quota, window } of policies) {
    const windows = Math.floor(to / window) - Math.floor(from / window) + 1
    expect(judged, `${title}: ${name} holds`).toBeLessThanOrEqual(quota * windows)
  }
}
