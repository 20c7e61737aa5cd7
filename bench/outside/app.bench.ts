/** What Next.js and its hosts add: the built app beside `lib/` and the routes in a bare Worker, measured from outside. */
import { afterAll, beforeAll, it } from 'vitest'
import { directUrl } from '../../tests/support/app-process.ts'
import { weighEdgeFunctions } from '../../tests/support/edge-functions.ts'
import '../../tests/support/instance-pool.ts'
import { type Instance, startInstance, type Target } from '../../tests/support/instances.ts'
import { aPrivateJwk } from '../../tests/support/keys.ts'
import { gatehouse } from '../support/clients.ts'
import { cpuOfApp } from '../support/cpu.ts'
import { loadTable, rounded, type Task } from '../support/findings.ts'
import { type Effort, measureLoad, type Prepare, type Subject } from '../support/load.ts'
import { type Runtime, type Stores, startRuntime, startStores } from '../support/runtime.ts'
import { ownSettings, redisSettings } from '../support/settings.ts'

const QUICK: Effort = { crowd: 32, rounds: 7, time: 800 }
/** With the hash. */
const COSTLY: Effort = { crowd: 32, rounds: 5, time: 1_500 }

const BARE_REDIS = 'bare Worker, Redis'
const BARE_OBJECTS = 'bare Worker, Durable Objects'
const ON_OBJECTS: Target = 'workerd with Durable Objects'
const APPS: Target[] = ['workerd with Redis', ON_OBJECTS, 'next start with Redis']

type Server = Omit<Subject, 'title' | 'prepare'>

let stores: Stores
let runtime: Runtime<'redis' | 'objects'>
const apps: Instance[] = []
/** By title. */
const bare: Record<string, Server> = {}
const built: Record<string, Server> = {}

beforeAll(async () => {
  stores = await startStores()
  const settings = { ...ownSettings(await aPrivateJwk('bench')), AUTH_HASHER: 'inline' }
  const entry = 'workers/gatehouse.ts'
  runtime = await startRuntime({
    redis: { entry, bindings: { ...settings, ...redisSettings(stores.redis) } },
    objects: { entry, bindings: settings, hasObjects: true },
  })
  bare[BARE_REDIS] = { port: runtime.ports.redis, cpu: runtime.cpu }
  bare[BARE_OBJECTS] = { port: runtime.ports.objects, cpu: runtime.cpu }
  for (const target of APPS) {
    const app = await startInstance(target, { settings, redis: stores.redis })
    apps.push(app)
    built[`built app, ${target}`] = { port: Number(new URL(await directUrl(app)).port), cpu: cpuOfApp(app) }
  }
}, 180_000)

afterAll(async () => {
  for (const app of apps) await app.stop()
  await runtime?.stop()
  await stores?.stop()
}, 60_000)

it('check a session and ask the store who it is', async ({ task }) => {
  await measure(task, gatehouse.session, QUICK)
})

it('check a session and show a page', async ({ task }) => {
  await measure(task, gatehouse.page, QUICK, gatehouse.check)
})

it('refresh', async ({ task }) => {
  await measure(task, gatehouse.refresh, QUICK)
})

it('log out', async ({ task }) => {
  await measure(task, gatehouse.logOutAgain, QUICK)
})

it('log in, whole', async ({ task }) => {
  await measure(task, gatehouse.logIn, COSTLY)
})

it('sign up, whole', async ({ task }) => {
  await measure(task, gatehouse.signUp, COSTLY)
})

it('kilobytes of each edge function on Pages, minified and gzipped', ({ task }) => {
  const rows = weighEdgeFunctions().map(({ path, alone, whole }) => {
    return [`\`${path}\``, ...[alone, whole].map((bytes) => rounded(bytes / 1_000))]
  })
  task.meta.table = { title: task.name, columns: ['', 'its own', 'with all that it shares'], rows }
})

/** @param floor what the bare Worker is asked, where that is not the same */
async function measure(task: Task, job: Prepare, effort: Effort, floor = job): Promise<void> {
  const rows = await measureLoad([...subjects(bare, floor), ...subjects(built, job)], effort)
  const floorOf = (title: string) => (/Durable Objects/.test(title) ? BARE_OBJECTS : BARE_REDIS)
  task.meta.table = { title: `${task.name}; milliseconds`, ...loadTable(rows, effort.crowd, floorOf) }
}

function subjects(servers: Record<string, Server>, prepare: Prepare): Subject[] {
  return Object.entries(servers).map(([title, server]) => ({ title, ...server, prepare }))
}
