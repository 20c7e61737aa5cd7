/** What checking a session, logging in, signing up and refreshing cost, beside floors and beside peers: measured from outside. */

import { cpus } from 'node:os'
import { encode } from 'jose/base64url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { importKeyRing, type PrivateJwk, signAccessToken } from '../../lib/auth/signing-keys.ts'
import { anId } from '../../tests/support/builders.ts'
import { aPrivateJwk, aSecret } from '../../tests/support/keys.ts'
import { type RedisLine, startRedisLine } from '../../tests/support/redis-line.ts'
import { asking, authJs, betterAuth, floors, gatehouse, ironSession, openAuth, showing } from '../support/clients.ts'
import { aConnection } from '../support/connection.ts'
import { type Effort, type Measured, measureLoad, median, quantile, type Subject, spread } from '../support/load.ts'
import { type Chart, writeChart, writeTables } from '../support/report.ts'
import { type Runtime, type Stores, startRuntime, startStores, type Worker, weigh } from '../support/runtime.ts'
import type { Table } from '../support/table.ts'

/** More than an isolate remembers (`lib/auth/access-token.ts`), so that a token that comes round again is new. */
const TOKENS = 3_000
const ISSUER = 'http://auth.example.com'

const QUICK: Effort = { crowd: 32, rounds: 15, time: 300 }
/** With the hash, a tenth of a second in an isolate's one thread: behind 32 of them the store's answer would come too late. */
const COSTLY: Effort = { crowd: 8, rounds: 5, time: 1_500 }

/** In nobody's way. */
const LIMITS = Object.fromEntries(
  ['LOGIN_IP', 'LOGIN_ACCOUNT', 'SIGNUP_IP', 'REFRESH'].map((name) => [`AUTH_LIMIT_${name}`, '100000000/1m']),
)

type Name = 'floors' | `${'redis' | 'objects' | 'better-auth' | 'openauth' | 'auth-js'}${'' | ' hashing'}` | Other
type Other = 'check' | 'counted' | 'better-auth, cached' | 'iron-session'

let stores: Stores
let line: RedisLine
let runtime: Runtime<Name>
let jwk: PrivateJwk
const tables: Table[] = []
const charts: Chart[] = []
const budgets: (string | number)[][] = []

beforeAll(async () => {
  stores = await startStores()
  line = await startRedisLine(stores.redis)
  jwk = await aPrivateJwk('bench')
  const KEY = JSON.stringify(jwk)
  const own = { AUTH_KEYS: JSON.stringify([jwk]), AUTH_SECRET: encode(aSecret()), AUTH_ISSUER: ISSUER, ...LIMITS }
  const upstash = ({ url, token }: { url: string; token: string }) => ({
    UPSTASH_REDIS_REST_URL: url,
    UPSTASH_REDIS_REST_TOKEN: token,
  })
  const others = { SECRET: encode(aSecret()), STORE_URL: stores.records, AUTH_URL: ISSUER }
  const free = { HASH: 'none' }
  const entry = 'workers/gatehouse.ts'
  const peer = (name: string, bindings: Record<string, string>): Worker => {
    return { entry: `peers/${name}.mjs`, bindings: { ...others, ...bindings } }
  }
  const noHash = { ...own, ...free, AUTH_HASHER: 'durable' }
  const inline = { ...own, AUTH_HASHER: 'inline' }
  runtime = await startRuntime<Name>({
    floors: {
      entry: 'workers/floors.ts',
      bindings: { KEY, STORE_URL: stores.records },
      ownObjects: { NOTHING: 'NothingObject' },
    },
    check: { entry: 'workers/check.ts', bindings: { KEY } },
    redis: { entry, bindings: { ...noHash, ...upstash(stores.redis) } },
    'redis hashing': { entry, bindings: { ...inline, ...upstash(stores.redis) } },
    counted: { entry, bindings: { ...noHash, ...upstash(line) } },
    objects: { entry, bindings: noHash, hasObjects: true },
    'objects hashing': { entry, bindings: inline, hasObjects: true },
    'better-auth': peer('better-auth', free),
    'better-auth hashing': peer('better-auth', {}),
    'better-auth, cached': peer('better-auth', { ...free, COOKIE_CACHE: 'on' }),
    openauth: peer('openauth', free),
    'openauth hashing': peer('openauth', {}),
    'auth-js': peer('auth-js', free),
    'auth-js hashing': peer('auth-js', {}),
    'iron-session': peer('iron-session', {}),
  })
}, 120_000)

afterAll(async () => {
  await runtime?.stop()
  await line?.stop()
  await stores?.stop()
  if (!process.env.GATEHOUSE_BENCH_WRITE) return
  writeTables('auth', tables, [`${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, local.`])
  writeChart(charts)
})

function subject(title: string, name: Name, prepare: Subject['prepare']): Subject & { name: Name } {
  return { title, port: runtime.ports[name], prepare, name }
}

it('check a session', async ({ task }) => {
  const tokens = await someTokens(TOKENS)
  const rows = await measure(
    [
      subject('an empty Worker', 'floors', showing(tokens, '/empty')),
      subject('bare ES256 verify', 'floors', showing(tokens, '/verify')),
      subject('bare jose verify', 'floors', showing(tokens, '/jose')),
      subject('Gatehouse, new token', 'check', showing(tokens)),
      subject('Gatehouse, seen before', 'check', showing(tokens.slice(0, 1))),
      subject('Gatehouse, all services, new token', 'objects', showing(tokens)),
      subject('Gatehouse, all services, seen before', 'objects', showing(tokens.slice(0, 1))),
      subject('Better Auth', 'better-auth', betterAuth.check),
      subject('Better Auth, cookie cache', 'better-auth, cached', betterAuth.check),
      subject('OpenAuth', 'openauth', openAuth.check),
      subject('Auth.js, getToken', 'auth-js', authJs.check),
      subject('iron-session', 'iron-session', ironSession.check),
    ],
    QUICK,
  )
  publish(task, rows, 'bare ES256 verify')
  const [isNew, isSeen] = ['Gatehouse, new token', 'Gatehouse, seen before']
  hold('session check, new token: CPU over a bare ES256 verify', cpuRatios(rows, isNew, 'bare ES256 verify'), '≤ 1.15')
  hold('session check, token seen before: requests a second over an empty Worker', rateRatios(rows, isSeen), '≥ 0.85')
})

it('log in, the hash left out', async ({ task }) => {
  const rows = await measure(
    [
      subject('the same in minimal code', 'floors', floors.signIn('/login')),
      subject('one trip over HTTP', 'floors', asking('/fetch')),
      subject('one call of a Durable Object', 'floors', asking('/trip')),
      subject('Gatehouse, Redis', 'redis', gatehouse.logIn),
      subject('Gatehouse, Durable Objects', 'objects', gatehouse.logIn),
      subject('Better Auth', 'better-auth', betterAuth.logIn),
      subject('OpenAuth', 'openauth', openAuth.logIn),
      subject('Auth.js, Credentials', 'auth-js', authJs.logIn),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'log-in')
})

it('sign up, the hash left out', async ({ task }) => {
  const rows = await measure(
    [
      subject('the same in minimal code', 'floors', floors.signIn('/signup')),
      subject('Gatehouse, Redis', 'redis', gatehouse.signUp),
      subject('Gatehouse, Durable Objects', 'objects', gatehouse.signUp),
      subject('Better Auth', 'better-auth', betterAuth.signUp),
      subject('OpenAuth', 'openauth', openAuth.signUp),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'sign-up')
})

it('refresh', async ({ task }) => {
  const rows = await measure(
    [
      subject('the same in minimal code', 'floors', floors.refresh),
      subject('Gatehouse, Redis', 'redis', gatehouse.refresh),
      subject('Gatehouse, Durable Objects', 'objects', gatehouse.refresh),
      subject('OpenAuth', 'openauth', openAuth.refresh),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'refresh')
})

it('log in, whole', async ({ task }) => {
  const rows = await measure(
    [
      subject('the bare hash', 'floors', asking('/hash')),
      subject('Gatehouse, Redis', 'redis hashing', gatehouse.logIn),
      subject('Gatehouse, Durable Objects', 'objects hashing', gatehouse.logIn),
      subject('Better Auth', 'better-auth hashing', betterAuth.logIn),
      subject('OpenAuth', 'openauth hashing', openAuth.logIn),
      subject('Auth.js, Credentials', 'auth-js hashing', authJs.logIn),
    ],
    COSTLY,
  )
  publish(task, rows, 'the bare hash', COSTLY)
  hold('log-in, whole: CPU over the bare hash', cpuRatios(rows, 'Gatehouse, Redis', 'the bare hash'), '≤ 1.07')
})

it('sign up, whole', async ({ task }) => {
  const rows = await measure(
    [
      subject('the bare hash', 'floors', asking('/hash')),
      subject('Gatehouse, Redis', 'redis hashing', gatehouse.signUp),
      subject('Gatehouse, Durable Objects', 'objects hashing', gatehouse.signUp),
      subject('Better Auth', 'better-auth hashing', betterAuth.signUp),
      subject('OpenAuth', 'openauth hashing', openAuth.signUp),
    ],
    COSTLY,
  )
  publish(task, rows, 'the bare hash', COSTLY)
})

it('round trips to the store, counted: one after the other (in all)', async ({ task }) => {
  const none = '–'
  const rows = [
    [
      'Gatehouse',
      await tripsOf('counted', showing(await someTokens(1))),
      await tripsOf('counted', gatehouse.logIn),
      await tripsOf('counted', gatehouse.signUp),
      await tripsOf('counted', gatehouse.refresh),
    ],
    [
      'Better Auth',
      await tripsOf('better-auth', betterAuth.check),
      await tripsOf('better-auth', betterAuth.logIn),
      await tripsOf('better-auth', betterAuth.signUp),
      none,
    ],
    ['Better Auth, cookie cache', await tripsOf('better-auth, cached', betterAuth.check), none, none, none],
    [
      'OpenAuth',
      await tripsOf('openauth', openAuth.check),
      await tripsOf('openauth', openAuth.logIn),
      await tripsOf('openauth', openAuth.signUp),
      await tripsOf('openauth', openAuth.refresh),
    ],
    ['Auth.js', await tripsOf('auth-js', authJs.check), await tripsOf('auth-js', authJs.logIn), none, none],
    ['iron-session', await tripsOf('iron-session', ironSession.check), none, none, none],
  ]
  keep(task, { title: task.name, columns: ['', 'check', 'log in', 'sign up', 'refresh'], rows })
  expect(rows[0]?.slice(1)).toEqual(['0 (0)', '2 (2)', '2 (2)', '1 (1)'])
})

it('bytes of code, minified and gzipped', async ({ task }) => {
  const redis = [/^@upstash\//, /\/store\/redis\//]
  const mail = [/\/mail\/mailer\.ts$/]
  const check = await weigh('../tests/budgets/check-path.ts')
  const everything = await weigh('../tests/budgets/bare-worker.ts', [...redis, ...mail])
  const rows = [
    ['Gatehouse, what checks a session', check],
    ['Gatehouse, every route, on Durable Objects', everything],
    ['Gatehouse, every route, on either store, with mail', await weigh('../tests/budgets/bare-worker.ts')],
    ['Better Auth, password alone', await weigh('peers/better-auth.mjs')],
    ['OpenAuth, password alone', await weigh('peers/openauth.mjs')],
    ['Auth.js, password alone', await weigh('peers/auth-js.mjs')],
    ['iron-session', await weigh('peers/iron-session.mjs')],
  ]
  keep(task, { title: task.name, columns: ['', 'bytes'], rows })
  hold('lib/ as a bare Worker, kB: check path', [check / 1_000], '≤ 6')
  hold('lib/ as a bare Worker, kB: everything', [everything / 1_000], '≤ 46')
})

it('budgets', ({ task }) => {
  keep(task, { title: 'What is promised', columns: ['budget', 'promised', 'measured', '±', ''], rows: budgets })
})

interface Row extends Measured {
  name: Name
}

async function measure(subjects: (Subject & { name: Name })[], effort: Effort): Promise<Row[]> {
  const measured = await measureLoad(subjects, runtime.cpu, effort)
  return measured.map((each, index) => ({ ...each, name: subjects[index]?.name ?? 'floors' }))
}

const columns = ({ crowd }: Effort) => [
  '',
  'alone: /s',
  'median',
  'p99',
  `${crowd} clients: /s`,
  'median',
  'p99',
  'CPU',
  'over floor',
  '±',
]

function publishHeld(task: Task, rows: Row[], job: string): void {
  const floor = 'the same in minimal code'
  publish(task, rows, floor)
  hold(`${job}, the hash left out: CPU over minimal code`, cpuRatios(rows, 'Gatehouse, Redis', floor), '≤ 1.2')
}

type Task = { name: string; meta: { table?: Table } }

function publish(task: Task, rows: Row[], floor: string, effort = QUICK): void {
  const cells = rows.map(({ title, alone, crowded }) => [
    title,
    ...[alone, crowded].flatMap(({ rates, durations }) => [
      median(rates),
      median(durations),
      quantile(durations, 0.99),
    ]),
    median(crowded.cpu),
    cpuRatio(rows, title, floor),
    percent(cpuRatios(rows, title, floor)),
  ])
  keep(task, {
    title: `${task.name}; milliseconds`,
    columns: columns(effort),
    rows: cells.map((row) => row.map(rounded)),
  })
  charts.push({ title: task.name, bars: rows.map(({ title, crowded }) => ({ title, value: median(crowded.cpu) })) })
}

function keep(task: Task, table: Table): void {
  task.meta.table = table
  tables.push(table)
}

/** To three digits that say something. */
function rounded(cell: string | number): string | number {
  return typeof cell === 'number' && Math.abs(cell) < 1_000 ? Number(cell.toPrecision(3)) : whole(cell)
}

function whole(cell: string | number): string | number {
  return typeof cell === 'number' ? Math.round(cell) : cell
}

/** Round by round, where both had the same company. */
function cpuRatio(rows: Row[], title: string, floor: string): number {
  return median(cpuRatios(rows, title, floor))
}

function cpuRatios(rows: Row[], title: string, floor: string): number[] {
  return ratios(of(rows, title).crowded.cpu, of(rows, floor).crowded.cpu)
}

function rateRatios(rows: Row[], title: string): number[] {
  return ratios(of(rows, title).crowded.rates, of(rows, 'an empty Worker').crowded.rates)
}

function ratios(numbers: number[], others: number[]): number[] {
  return numbers.map((number, round) => number / (others[round] ?? Number.NaN))
}

function of(rows: Row[], title: string): Row {
  const row = rows.find((each) => each.title === title)
  if (!row) throw new Error(`${title} was not measured`)
  return row
}

/** @param values of the rounds, or the one that there is */
function hold(budget: string, values: number[], promised: `${'≤' | '≥'} ${number}`): void {
  const [sign, bound] = promised.split(' ')
  const value = median(values)
  const isHeld = sign === '≤' ? value <= Number(bound) : value >= Number(bound)
  const verdict = Number.isNaN(value) ? 'not measured' : isHeld ? 'held' : 'missed'
  budgets.push([budget, promised, `${rounded(value)}`, percent(values), verdict])
}

function percent(values: number[]): string {
  return `${Math.round(spread(values) * 100)} %`
}

/** @returns requests to the store that one operation makes one after the other, and in all */
async function tripsOf(name: Name, prepare: Subject['prepare']): Promise<string> {
  const { send, open, close } = aConnection(runtime.ports[name])
  await open()
  const operation = await prepare(send)
  await operation() // keys are read, and Redis learns its scripts
  const { requests, inSequence } = name === 'counted' ? await countOnLine(operation) : await countRecords(operation)
  close()
  return `${inSequence} (${requests})`
}

async function countOnLine(operation: () => Promise<void>) {
  line.behave({ delay: 30 })
  line.takeTrips()
  await operation()
  line.behave('pass')
  return line.takeTrips()
}

async function countRecords(operation: () => Promise<void>): Promise<{ requests: number; inSequence: number }> {
  await askRecords(true)
  await operation()
  return askRecords(false)
}

async function askRecords(isOn: boolean): Promise<{ requests: number; inSequence: number }> {
  const response = await fetch(stores.records, { method: 'POST', body: JSON.stringify({ do: 'count trips', isOn }) })
  return response.json()
}

async function someTokens(count: number): Promise<string[]> {
  const keys = await importKeyRing([jwk])
  const now = Math.floor(Date.now() / 1_000)
  const claims = () => ({ userId: anId(), sessionId: anId(), roles: ['user'], expiresAt: now + 36_000 })
  return Promise.all(Array.from({ length: count }, () => signAccessToken(keys, ISSUER, claims(), now)))
}
