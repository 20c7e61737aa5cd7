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
  type Measured,
  measureLoad,
  type Prepare,
  type Subject,
  someClients,
} from '../support/load.ts'
import { measureMeanwhile } from '../support/meanwhile.ts'
import { type Runtime, type Stores, startRuntime, startStores, type Worker, weigh } from '../support/runtime.ts'
import { ISSUER, ownSettings, redisSettings } from '../support/settings.ts'
import { median, quantile } from '../support/statistics.ts'

/** More than an isolate remembers (`lib/auth/access-token.ts`), so that a token that comes round again is new. */
const TOKENS = 3_000

/** Rounds that are long enough for caches to fill again after somebody else's: with shorter ones, ratios lie further apart. */
const QUICK: Effort = { crowd: 32, rounds: 10, time: 1_000 }
/** With the hash, a tenth of a second in an isolate's one thread. */
const COSTLY: Effort = { crowd: 32, rounds: 5, time: 1_500 }

const MEANWHILE = { watching: 4, working: 2, rounds: 10, time: 2_000 }
const COLD_ROUNDS = 60

/** Modules of the driver for Redis. */
const REDIS = [/^@upstash\//, /\/store\/redis\//]

/** Templates and carriers, by the one module that names them. */
const MAIL = [/\/mail\/mailer\.ts$/]

/** Bindings of a Worker that is not going to use them. */
const UNASKED = { STORE: {}, STORE_ADDRESSES: {}, STORE_DIRECTORY: {}, STORE_LIMITS: {}, STORE_LINKS: {} }

const MINIMAL = 'the same in minimal code'
const LEAST = 'trips and tokens alone'

type Library = 'redis' | 'objects' | 'better-auth' | 'openauth' | 'auth-js'
type Name = 'floors' | Library | 'minimal' | 'check' | 'counted' | 'better-auth, cached' | 'iron-session'

let stores: Stores
let line: RedisLine
let runtime: Runtime<Name>
/** A workerd of its own for what hashes: nothing of what ran before is in it. */
let hashing: Runtime<'floors' | Library | 'redis at once'>
/** A workerd of its own, in which nothing has run before: what an old heap takes is none of a start. */
let starter: Runtime<'loader'>
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
  const noHash = { ...own, ...free, AUTH_HASHER: 'durable' }
  const inline = { ...own, AUTH_HASHER: 'inline' }
  const floorsWorker: Worker = {
    entry: 'workers/floors.ts',
    bindings: { KEY, ...redisSettings(stores.redis) },
    ownObjects: { NOTHING: 'NothingObject' },
  }
  runtime = await startRuntime<Name>({
    floors: floorsWorker,
    minimal: { entry: 'workers/minimal.ts', bindings: { KEY, ...redisSettings(stores.redis) } },
    check: { entry: 'workers/check.ts', bindings: { KEY } },
    redis: { entry, bindings: { ...noHash, ...redisSettings(stores.redis) } },
    counted: { entry, bindings: { ...noHash, ...redisSettings(line) } },
    objects: { entry, bindings: noHash, hasObjects: true },
    'better-auth': peer('better-auth', free),
    'better-auth, cached': peer('better-auth', { ...free, COOKIE_CACHE: 'on' }),
    openauth: peer('openauth', free),
    'auth-js': peer('auth-js', free),
    'iron-session': peer('iron-session', {}),
  })
  hashing = await startRuntime({
    floors: floorsWorker,
    redis: { entry, bindings: { ...inline, ...redisSettings(stores.redis) } },
    'redis at once': { entry, bindings: { ...noHash, HASH: 'at once', ...redisSettings(stores.redis) } },
    objects: { entry, bindings: inline, hasObjects: true },
    'better-auth': peer('better-auth', {}),
    openauth: peer('openauth', {}),
    'auth-js': peer('auth-js', {}),
  })
  starter = await startRuntime({
    loader: {
      entry: 'workers/loader.ts',
      bindings: {},
      loads: {
        empty: { entry: 'workers/empty.ts', bindings: {} },
        check: { entry: 'workers/check.ts', bindings: { KEY } },
        objects: { entry, bindings: { ...inline, ...UNASKED }, without: [...REDIS, ...MAIL] },
        either: { entry, bindings: { ...inline, ...redisSettings(stores.redis) } },
        'better-auth': peer('better-auth', { ...free, COOKIE_CACHE: 'on' }),
        openauth: peer('openauth', free),
      },
    },
  })
}, 120_000)

afterAll(async () => {
  await starter?.stop()
  await hashing?.stop()
  await runtime?.stop()
  await line?.stop()
  await stores?.stop()
})

function subject(title: string, name: Name, prepare: Prepare): Subject {
  return { title, port: runtime.ports[name], cpu: runtime.cpu, prepare }
}

function hashingSubject(title: string, name: 'floors' | Library, prepare: Prepare): Subject {
  return { title, port: hashing.ports[name], cpu: hashing.cpu, prepare }
}

it('check a session', async ({ task }) => {
  const tokens = await someTokens(TOKENS)
  const rows = await measureLoad(
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
  const rates = rateRatios(rows, isSeen, 'an empty Worker')
  hold('session check, token seen before: requests a second over an empty Worker', rates, '≥ 0.85')
})

it('log in, the hash left out', async ({ task }) => {
  const rows = await measureLoad(
    [
      subject(MINIMAL, 'minimal', minimal(gatehouse.logIn)),
      subject(LEAST, 'floors', floors.signIn('/login')),
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
  const rows = await measureLoad(
    [
      subject(MINIMAL, 'minimal', minimal(gatehouse.signUp)),
      subject(LEAST, 'floors', floors.signIn('/signup')),
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
  const rows = await measureLoad(
    [
      subject(MINIMAL, 'minimal', minimal(gatehouse.refresh)),
      subject(LEAST, 'floors', floors.refresh),
      subject('Gatehouse, Redis', 'redis', gatehouse.refresh),
      subject('Gatehouse, Durable Objects', 'objects', gatehouse.refresh),
      subject('OpenAuth', 'openauth', openAuth.refresh),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'refresh')
})

it('log out', async ({ task }) => {
  const rows = await measureLoad(
    [
      subject(MINIMAL, 'minimal', minimal(gatehouse.logOut)),
      subject(LEAST, 'floors', floors.signOut),
      subject('Gatehouse, Redis', 'redis', gatehouse.logOut),
      subject('Gatehouse, Durable Objects', 'objects', gatehouse.logOut),
      subject('Better Auth', 'better-auth', betterAuth.logOut),
    ],
    QUICK,
  )
  publishHeld(task, rows, 'log-out')
})

it('log in, whole', async ({ task }) => {
  const rows = await measureLoad(
    [
      hashingSubject('the bare hash', 'floors', asking('/hash')),
      hashingSubject('Gatehouse, Redis', 'redis', gatehouse.logIn),
      hashingSubject('Gatehouse, Durable Objects', 'objects', gatehouse.logIn),
      hashingSubject('Better Auth', 'better-auth', betterAuth.logIn),
      hashingSubject('OpenAuth', 'openauth', openAuth.logIn),
      hashingSubject('Auth.js, Credentials', 'auth-js', authJs.logIn),
    ],
    COSTLY,
  )
  publish(task, rows, 'the bare hash', COSTLY)
  hold('log-in, whole: CPU over the bare hash', cpuRatios(rows, 'Gatehouse, Redis', 'the bare hash'), '≤ 1.07')
})

it('sign up, whole', async ({ task }) => {
  const rows = await measureLoad(
    [
      hashingSubject('the bare hash', 'floors', asking('/hash')),
      hashingSubject('Gatehouse, Redis', 'redis', gatehouse.signUp),
      hashingSubject('Gatehouse, Durable Objects', 'objects', gatehouse.signUp),
      hashingSubject('Better Auth', 'better-auth', betterAuth.signUp),
      hashingSubject('OpenAuth', 'openauth', openAuth.signUp),
    ],
    COSTLY,
  )
  publish(task, rows, 'the bare hash', COSTLY)
})

it('check a session while two clients log in', async ({ task }) => {
  const [givingWay, atOnce] = await measureMeanwhile(
    [
      { title: 'giving way between the stages of a hash', port: hashing.ports.redis },
      { title: 'a hash at once', port: hashing.ports['redis at once'] },
    ].map((each) => ({ ...each, watched: gatehouse.check, busy: gatehouse.logIn })),
    MEANWHILE,
  )
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
  const starts = await measureColdStarts(starter.ports.loader, starter.cpu, subjects, COLD_ROUNDS)
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
  const connection = aConnection(runtime.ports[name])
  await connection.open()
  const session = await open(connection.send)
  connection.close()
  return session
}

/** @returns requests to the store that one operation makes one after the other, and in all */
async function tripsOf(name: Name, prepare: Prepare): Promise<string> {
  const [client] = await someClients(runtime.ports[name], prepare, 1)
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
