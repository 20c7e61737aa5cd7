/** What checking a session, logging in, signing up, refreshing and logging out cost, beside floors and beside peers: measured from outside. */
import { encode } from 'jose/base64url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { importKeyRing, type PrivateJwk, signAccessToken } from '../../lib/auth/signing-keys.ts'
import { anId } from '../../tests/support/builders.ts'
import { aPrivateJwk, aSecret } from '../../tests/support/keys.ts'
import { type RedisLine, startRedisLine } from '../../tests/support/redis-line.ts'
import {
  asking,
  authJs,
  betterAuth,
  floors,
  gatehouse,
  ironSession,
  minimal,
  openAuth,
  showing,
} from '../support/clients.ts'
import { type ColdSubject, measureColdStarts } from '../support/cold-start.ts'
import { aConnection, type Send } from '../support/connection.ts'
import {
  BUDGET_COLUMNS,
  cpuChart,
  cpuRatios,
  heldTo,
  loadTable,
  percent,
  rateRatios,
  ratios,
  rounded,
  type Task,
} from '../support/findings.ts'
import {
  type Effort,
  gather,
  joinLoads,
  type Measured,
  measureLoad,
  type Prepare,
  someClients,
} from '../support/load.ts'
import { joinWatched, measureMeanwhile } from '../support/meanwhile.ts'
import {
  inEachOf,
  type LoadedWorker,
  type Runtime,
  type Stores,
  startRuntime,
  startStores,
  type Worker,
  weigh,
} from '../support/runtime.ts'
import { ISSUER, ownSettings, redisSettings } from '../support/settings.ts'
import { median, quantile } from '../support/statistics.ts'

/** More than an isolate remembers (`lib/auth/access-token.ts`), so that a token that comes round again is new. */
const TOKENS = 3_000

/** Rounds that are long enough for caches to fill again after somebody else's: with shorter ones, ratios lie further apart. */
const QUICK = { processes: 3, crowd: 32, rounds: 4, time: 1_000 }
/** With the hash, a tenth of a second in an isolate's one thread. */
const COSTLY = { processes: 5, crowd: 32, rounds: 1, time: 1_500 }

const MEANWHILE = { processes: 5, watching: 4, working: 2, rounds: 2, time: 2_000 }
const COLD_ROUNDS = 60

/** Modules of the driver for Redis. */
const REDIS = [/^@upstash\//, /\/store\/redis\//]

/** Templates and carriers, by the one module that names them. */
const MAIL = [/\/mail\/mailer\.ts$/]

/** Bindings of a Worker that is not going to use them. */
const UNASKED = { STORE: {}, STORE_ADDRESSES: {}, STORE_DIRECTORY: {}, STORE_LIMITS: {}, STORE_LINKS: {} }

const MINIMAL = 'the same in minimal code'
const LEAST = 'trips and tokens alone'

type Name =
  | 'floors'
  | 'minimal'
  | 'check'
  | 'redis'
  | 'redis at once'
  | 'counted'
  | 'objects'
  | 'better-auth'
  | 'better-auth, cached'
  | 'openauth'
  | 'auth-js'
  | 'iron-session'

/** Who is measured at a job, in a Worker that has yet to be started. */
interface Entrant {
  title: string
  worker: Name
  prepare: Prepare
}

let stores: Stores
let line: RedisLine
/** For what is counted, not timed. */
let counting: Runtime<Name>
/** Without the hash, and with it. */
let quick: Record<Name, Worker>
let hashing: Record<Name, Worker>
/** For the loader, by name. */
let started: Record<string, LoadedWorker>
let jwk: PrivateJwk
const budgets: (string | number)[][] = []

beforeAll(async () => {
  stores = await startStores()
  line = await startRedisLine(stores.redis)
  jwk = await aPrivateJwk('bench')
  const KEY = JSON.stringify(jwk)
  const own = ownSettings(jwk)
  const others = { SECRET: encode(aSecret()), STORE_URL: stores.records, AUTH_URL: ISSUER }
  const free = { HASH: 'none' }
  const entry = 'workers/gatehouse.ts'
  const peer = (name: string, bindings: Record<string, string>): Worker => {
    return { entry: `peers/${name}.mjs`, bindings: { ...others, ...bindings } }
  }
  const redis = redisSettings(stores.redis)
  const workers = (ours: Record<string, string>, theirs: Record<string, string>): Record<Name, Worker> => ({
    floors: { entry: 'workers/floors.ts', bindings: { KEY, ...redis }, ownObjects: { NOTHING: 'NothingObject' } },
    minimal: { entry: 'workers/minimal.ts', bindings: { KEY, ...redis } },
    check: { entry: 'workers/check.ts', bindings: { KEY } },
    redis: { entry, bindings: { ...own, ...ours, ...redis } },
    'redis at once': { entry, bindings: { ...own, AUTH_HASHER: 'durable', HASH: 'at once', ...redis } },
    counted: { entry, bindings: { ...own, ...ours, ...redisSettings(line) } },
    objects: { entry, bindings: { ...own, ...ours }, hasObjects: true },
    'better-auth': peer('better-auth', theirs),
    'better-auth, cached': peer('better-auth', { ...theirs, COOKIE_CACHE: 'on' }),
    openauth: peer('openauth', theirs),
    'auth-js': peer('auth-js', theirs),
    'iron-session': peer('iron-session', {}),
  })
  quick = workers({ ...free, AUTH_HASHER: 'durable' }, free)
  hashing = workers({ AUTH_HASHER: 'inline' }, {})
  const inline = { ...own, AUTH_HASHER: 'inline' }
  started = {
    empty: { entry: 'workers/empty.ts', bindings: {} },
    check: { entry: 'workers/check.ts', bindings: { KEY } },
    objects: { entry, bindings: { ...inline, ...UNASKED }, without: [...REDIS, ...MAIL] },
    either: { entry, bindings: { ...inline, ...redis } },
    'better-auth': peer('better-auth', { ...free, COOKIE_CACHE: 'on' }),
    openauth: peer('openauth', free),
  }
  counting = await startRuntime(quick)
}, 120_000)

afterAll(async () => {
  await counting?.stop()
  await line?.stop()
  await stores?.stop()
})

function entrant(title: string, worker: Name, prepare: Prepare): Entrant {
  return { title, worker, prepare }
}

/** In several processes, in every other of which the last is the first: see `inEachOf`. */
async function measure(
  entrants: Entrant[],
  { processes, ...effort }: Effort & { processes: number },
  workers = quick,
): Promise<Measured[]> {
  const needed = Object.fromEntries(entrants.map(({ worker }) => [worker, workers[worker]])) as Record<Name, Worker>
  const parts = await inEachOf(processes, needed, ({ ports, cpu }, turn) => {
    const subjects = entrants.map(({ title, worker, prepare }) => ({ title, port: ports[worker], cpu, prepare }))
    return measureLoad(turn % 2 === 0 ? subjects : subjects.toReversed(), effort)
  })
  return joinLoads(parts)
}

it('check a session', async ({ task }) => {
  const tokens = await someTokens(TOKENS)
  const rows = await measure(
    [
      entrant('an empty Worker', 'floors', showing(tokens, '/empty')),
      entrant('bare ES256 verify', 'floors', showing(tokens, '/verify')),
      entrant('bare jose verify', 'floors', showing(tokens, '/jose')),
      entrant('Gatehouse, new token', 'check', showing(tokens)),
      entrant('Gatehouse, seen before', 'check', showing(tokens.slice(0, 1))),
      entrant('Gatehouse, all services, new token', 'objects', showing(tokens)),
      entrant('Gatehouse, all services, seen before', 'objects', showing(tokens.slice(0, 1))),
      entrant('Better Auth', 'better-auth', betterAuth.check),
      entrant('Better Auth, cookie cache', 'better-auth, cached', betterAuth.check),
      entrant('OpenAuth', 'openauth', openAuth.check),
      entrant('Auth.js, getToken', 'auth-js', authJs.check),
      entrant('iron-session', 'iron-session', ironSession.check),
    ],
    QUICK,
  )
  publish(task, rows, 'bare ES256 verify')
  const [isNew, isSeen] = ['Gatehouse, new token', 'Gatehouse, seen before']
  hold('session check, new token: CPU over a bare ES256 verify', cpuRatios(rows, isNew, 'bare ES256 verify'), '≤ 1.15')
  const rates = rateRatios(rows, isSeen, 'an empty Worker')
  hold('session check, token seen before: requests a second over an empty Worker', rates, '≥ 0.85')
})

it('log in, the hash left out', async ({ task }) => {
  const rows = await measure(
    [
      entrant(MINIMAL, 'minimal', minimal(gatehouse.logIn)),
      entrant(LEAST, 'floors', floors.signIn('/login')),
      entrant('one trip over HTTP', 'floors', asking('/fetch')),
      entrant('one call of a Durable Object', 'floors', asking('/trip')),
      entrant('Gatehouse, Redis', 'redis', gatehouse.logIn),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.logIn),
      entrant('Better Auth', 'better-auth', betterAuth.logIn),
      entrant('OpenAuth', 'openauth', openAuth.logIn),
      entrant('Auth.js, Credentials', 'auth-js', authJs.logIn),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'log-in')
})

it('sign up, the hash left out', async ({ task }) => {
  const rows = await measure(
    [
      entrant(MINIMAL, 'minimal', minimal(gatehouse.signUp)),
      entrant(LEAST, 'floors', floors.signIn('/signup')),
      entrant('Gatehouse, Redis', 'redis', gatehouse.signUp),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.signUp),
      entrant('Better Auth', 'better-auth', betterAuth.signUp),
      entrant('OpenAuth', 'openauth', openAuth.signUp),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'sign-up')
})

it('refresh', async ({ task }) => {
  const rows = await measure(
    [
      entrant(MINIMAL, 'minimal', minimal(gatehouse.refresh)),
      entrant(LEAST, 'floors', floors.refresh),
      entrant('Gatehouse, Redis', 'redis', gatehouse.refresh),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.refresh),
      entrant('OpenAuth', 'openauth', openAuth.refresh),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'refresh')
})

it('log out', async ({ task }) => {
  const rows = await measure(
    [
      entrant(MINIMAL, 'minimal', minimal(gatehouse.logOut)),
      entrant(LEAST, 'floors', floors.signOut),
      entrant('Gatehouse, Redis', 'redis', gatehouse.logOut),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.logOut),
      entrant('Better Auth', 'better-auth', betterAuth.logOut),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'log-out')
})

it('log in, whole', async ({ task }) => {
  const rows = await measure(
    [
      entrant('the bare hash', 'floors', asking('/hash')),
      entrant('Gatehouse, Redis', 'redis', gatehouse.logIn),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.logIn),
      entrant('Better Auth', 'better-auth', betterAuth.logIn),
      entrant('OpenAuth', 'openauth', openAuth.logIn),
      entrant('Auth.js, Credentials', 'auth-js', authJs.logIn),
    ],
    COSTLY,
    hashing,
  )
  publish(task, rows, 'the bare hash', COSTLY)
  hold('log-in, whole: CPU over the bare hash', cpuRatios(rows, 'Gatehouse, Redis', 'the bare hash'), '≤ 1.07')
})

it('sign up, whole', async ({ task }) => {
  const rows = await measure(
    [
      entrant('the bare hash', 'floors', asking('/hash')),
      entrant('Gatehouse, Redis', 'redis', gatehouse.signUp),
      entrant('Gatehouse, Durable Objects', 'objects', gatehouse.signUp),
      entrant('Better Auth', 'better-auth', betterAuth.signUp),
      entrant('OpenAuth', 'openauth', openAuth.signUp),
    ],
    COSTLY,
    hashing,
  )
  publish(task, rows, 'the bare hash', COSTLY)
})

it('check a session while two clients log in', async ({ task }) => {
  const { processes, ...effort } = MEANWHILE
  const { redis, 'redis at once': atOnceRedis } = hashing
  const parts = await inEachOf(processes, { redis, atOnceRedis }, ({ ports }) => {
    const subjects = [
      { title: 'giving way between the stages of a hash', port: ports.redis },
      { title: 'a hash at once', port: ports.atOnceRedis },
    ]
    return measureMeanwhile(
      subjects.map((each) => ({ ...each, watched: gatehouse.check, busy: gatehouse.logIn })),
      effort,
    )
  })
  const [givingWay, atOnce] = joinWatched(parts)
  if (!givingWay || !atOnce) throw new Error('Two subjects have two figures')
  const shares = [ratios(givingWay.p99s, atOnce.p99s), ratios(givingWay.rates, atOnce.rates)] as const
  const rows = [givingWay, atOnce].map(({ title, medians, p99s, rates }) => {
    return [title, ...[medians, p99s, rates].map((values) => rounded(median(values)))]
  })
  rows.push(['ratio', ' ', ...shares.map((values) => `${rounded(median(values))} ± ${percent(values)}`)])
  task.meta.table = {
    title: `${task.name}; milliseconds`,
    columns: ['', 'check: median', 'p99', 'log-ins: /s'],
    rows,
  }
  const budget = 'session check while two clients log in, over hashing without giving way'
  hold(`${budget}: p99`, shares[0], '≤ 0.35')
  hold(`${budget}: log-ins a second`, shares[1], '≥ 0.85')
})

it('first answer of a Worker that is started for it', async ({ task }) => {
  const [token = ''] = await someTokens(1)
  const cookie = `access=${token}`
  const subjects: ColdSubject[] = [
    { title: 'an empty Worker', worker: 'empty', headers: {} },
    { title: 'Gatehouse, what checks a session', worker: 'check', headers: { cookie } },
    { title: 'Gatehouse, routes on Durable Objects', worker: 'objects', headers: { cookie } },
    { title: 'Gatehouse, routes on either store, with mail', worker: 'either', headers: { cookie } },
    {
      title: 'Better Auth, cookie cache',
      worker: 'better-auth',
      headers: { cookie: await sessionOf('better-auth, cached', betterAuth.session) },
    },
    {
      title: 'OpenAuth',
      worker: 'openauth',
      headers: { authorization: await sessionOf('openauth', openAuth.session) },
    },
  ]
  const loader: Worker = { entry: 'workers/loader.ts', bindings: {}, loads: started }
  const [starts = []] = await inEachOf(1, { loader }, ({ ports, cpu }) =>
    measureColdStarts(ports.loader, cpu, subjects, COLD_ROUNDS),
  )
  const empty = starts[0]?.durations ?? []
  const rows = starts.map(({ durations, cpu }, index) => {
    const { title, worker } = subjects[index] ?? {}
    const more = durations.map((duration, round) => duration - (empty[round] ?? Number.NaN))
    if (worker === 'objects') hold('cold start over an empty Worker, ms: session check', more, '≤ 5')
    const cells = [median(durations), quantile(durations, 0.9), median(more), cpu ?? Number.NaN]
    return [title ?? '', ...cells.map(rounded)]
  })
  task.meta.table = {
    title: `${task.name}: check a session; milliseconds`,
    columns: ['', 'median', 'p90', 'over the empty one', 'CPU'],
    rows,
  }
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
      await tripsOf('counted', gatehouse.logOut),
    ],
    [
      'Better Auth',
      await tripsOf('better-auth', betterAuth.check),
      await tripsOf('better-auth', betterAuth.logIn),
      await tripsOf('better-auth', betterAuth.signUp),
      none,
      await tripsOf('better-auth', betterAuth.logOut),
    ],
    ['Better Auth, cookie cache', await tripsOf('better-auth, cached', betterAuth.check), none, none, none, none],
    [
      'OpenAuth',
      await tripsOf('openauth', openAuth.check),
      await tripsOf('openauth', openAuth.logIn),
      await tripsOf('openauth', openAuth.signUp),
      await tripsOf('openauth', openAuth.refresh),
      none,
    ],
    ['Auth.js', await tripsOf('auth-js', authJs.check), await tripsOf('auth-js', authJs.logIn), none, none, none],
    ['iron-session', await tripsOf('iron-session', ironSession.check), none, none, none, none],
  ]
  task.meta.table = { title: task.name, columns: ['', 'check', 'log in', 'sign up', 'refresh', 'log out'], rows }
  expect(rows[0]?.slice(1)).toEqual(['0 (0)', '2 (2)', '2 (2)', '1 (1)', '1 (1)'])
})

it('bytes of code, minified and gzipped', async ({ task }) => {
  const check = await weigh('../tests/budgets/check-path.ts')
  const everything = await weigh('../tests/budgets/bare-worker.ts', [...REDIS, ...MAIL])
  const rows = [
    ['Gatehouse, what checks a session', check],
    ['Gatehouse, every route, on Durable Objects', everything],
    ['Gatehouse, every route, on either store, with mail', await weigh('../tests/budgets/bare-worker.ts')],
    ['Better Auth, password alone', await weigh('peers/better-auth.mjs')],
    ['OpenAuth, password alone', await weigh('peers/openauth.mjs')],
    ['Auth.js, password alone', await weigh('peers/auth-js.mjs')],
    ['iron-session', await weigh('peers/iron-session.mjs')],
  ]
  task.meta.table = { title: task.name, columns: ['', 'bytes'], rows }
  hold('lib/ as a bare Worker, kB: check path', [check / 1_000], '≤ 6')
  hold('lib/ as a bare Worker, kB: everything', [everything / 1_000], '≤ 46')
})

it('budgets', ({ task }) => {
  task.meta.table = { title: 'What is promised', columns: BUDGET_COLUMNS, rows: budgets }
})

function publishHeld(task: Task, rows: Measured[], job: string): void {
  publish(task, rows, MINIMAL)
  hold(`${job}, the hash left out: CPU over minimal code`, cpuRatios(rows, 'Gatehouse, Redis', MINIMAL), '≤ 1.2')
}

function publish(task: Task, rows: Measured[], floor: string, { crowd }: Effort = QUICK): void {
  task.meta.table = { title: `${task.name}; milliseconds`, ...loadTable(rows, crowd, () => floor) }
  task.meta.chart = cpuChart(task.name, rows)
}

function hold(...budget: Parameters<typeof heldTo>): void {
  budgets.push(heldTo(...budget))
}

async function sessionOf(name: Name, open: (send: Send) => Promise<string>): Promise<string> {
  const connection = aConnection(counting.ports[name])
  await connection.open()
  const session = await open(connection.send)
  connection.close()
  return session
}

/** @returns requests to the store that one operation makes one after the other, and in all */
async function tripsOf(name: Name, prepare: Prepare): Promise<string> {
  const [client] = await someClients(counting.ports[name], prepare, 1)
  if (!client) throw new Error('One client was asked for')
  const { operation, connection } = client
  await gather([client])
  await operation() // keys are read, and Redis learns its scripts
  const { requests, inSequence } = name === 'counted' ? await countOnLine(operation) : await countRecords(operation)
  connection.close()
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
