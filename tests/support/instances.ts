/**
 * The built app, started the way a user starts it: `npm run preview` (workerd) or `npm start` (`next start`), on a free port,
 * with a data folder of its own, from the build that lies there (`npm test` makes it; `npm run preview` does so by hand).
 *
 * `sharedInstance` is for most tests: it is started once for all files that ask for the same target and settings, and ends
 * with the run. `startInstance` is for tests that restart an instance or disturb its store.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inject } from 'vitest'
import { freePort } from '../../scripts/redis-server.mjs'
import { type RedisBackend, startRedisBackend } from './redis-backend.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Host and store, and the task that starts them. */
const TASKS = {
  'workerd with Durable Objects': 'preview',
  'next start with Redis': 'start',
  'workerd with Redis': 'preview',
  'next dev with Durable Objects': 'dev',
  'next dev with Redis': 'dev',
} as const

export type Target = keyof typeof TASKS

/** Where each suite runs: both hosts, both stores. */
export const TARGETS: Target[] = ['workerd with Durable Objects', 'next start with Redis']

/** Variables of the app: `AUTH_…`, `UPSTASH_…`. */
export type Settings = Record<string, string>

const CHEAP_HASH = { AUTH_PASSWORD_ITERATIONS: '100000' }

/** Settings that suites have in common, so that they share instances. */
export const PROFILES = {
  /** As the app comes, but that a hash costs a sixth: it is most of what tests wait for. */
  default: CHEAP_HASH,
  /**
   * For tests that wait until something has run out. Sessions live for seconds unless they are remembered. Addresses and
   * accounts have small limits.
   */
  short: {
    ...CHEAP_HASH,
    AUTH_ACCESS_TTL: '4s',
    AUTH_REFRESH_GRACE: '5s',
    AUTH_SESSION_TTL: '6s',
    AUTH_LIMIT_LOGIN_IP: '5/1h',
    AUTH_LIMIT_LOGIN_ACCOUNT: '3/1h',
    AUTH_LIMIT_SIGNUP_IP: '3/1h',
    AUTH_LIMIT_REFRESH: '40/1h',
  },
} satisfies Record<string, Settings>

const WIDE = '1000000/1h'

/** In nobody's way. */
export const RAISED_LIMITS: Settings = {
  AUTH_LIMIT_LOGIN_IP: WIDE,
  AUTH_LIMIT_LOGIN_ACCOUNT: WIDE,
  AUTH_LIMIT_SIGNUP_IP: WIDE,
  AUTH_LIMIT_FORGOT_IP: WIDE,
  AUTH_LIMIT_FORGOT_ACCOUNT: WIDE,
  AUTH_LIMIT_REFRESH: WIDE,
}

export interface InstanceOptions {
  settings?: Settings
  /** Keeps data and keys, for an instance that is started again; made with `makeDataFolder`. Default: one that goes with the instance. */
  data?: string
  /** Default: a free one. */
  port?: number
  /** Where Redis is a target's store: this one. Default: one that goes with the instance. */
  redis?: Pick<RedisBackend, 'url' | 'token'>
}

export interface Instance {
  /** Such as `http://127.0.0.1:40123`. */
  url: string
  port: number
  /** Leads its process group: `npm run preview`, or `npm start`, itself. */
  pid: number
  /** What it has printed, the log of the app included. */
  output(): string
  /**
   * Ends it as a user would (SIGTERM).
   * @throws {Error} when it ends with another exit code than 0, or leaves a process behind
   */
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 120_000
const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 50
const OWN_VARIABLES = /^(AUTH|UPSTASH|KV|RESEND|POSTMARK|GATEHOUSE)_|^(PORT|SKIP_BUILD|NODE_ENV|VITEST.*)$/

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM')
})

/** A folder for `InstanceOptions.data`. Who makes it removes it. */
export function makeDataFolder(): string {
  return mkdtempSync(join(tmpdir(), 'gatehouse-instance-'))
}

/** The instance with these settings that all test files share; started by the first that asks. */
export async function sharedInstance(target: Target, settings: Settings = PROFILES.default): Promise<{ url: string }> {
  const answer = await fetch(inject('instancePool'), { method: 'POST', body: JSON.stringify({ target, settings }) })
  const { url, error }: { url?: string; error?: string } = await answer.json()
  if (!url) throw new Error(error)
  return { url }
}

/**
 * Starts an instance and waits until it answers.
 *
 * @throws {Error} with what it printed when it ends before that
 */
export async function startInstance(target: Target, options: InstanceOptions = {}): Promise<Instance> {
  const data = options.data ?? makeDataFolder()
  const needsRedis = /Redis/.test(target) && !options.redis
  const own = needsRedis ? await startRedisBackend(join(data, 'redis')) : null
  const redis = options.redis ?? own
  const cleanUp = async () => {
    await own?.stop()
    if (!options.data) rmSync(data, { recursive: true, force: true })
  }
  try {
    const port = options.port ?? (await freePort())
    const settings = {
      ...(redis ? { UPSTASH_REDIS_REST_URL: redis.url, UPSTASH_REDIS_REST_TOKEN: redis.token } : {}),
      // What miniflare does by itself: tests name their clients by CF-Connecting-IP.
      ...(/^next/.test(target) ? { AUTH_TRUSTED_PROXY: 'cloudflare' } : {}),
      ...options.settings,
    }
    const started = launch(target, { ...settings, GATEHOUSE_DATA: data, PORT: `${port}` })
    const url = `http://127.0.0.1:${port}`
    await waitUntilReady(url, started)
    const { pid } = started.child
    if (pid === undefined) throw new Error('no process')
    return {
      url,
      port,
      pid,
      output: started.output,
      async stop() {
        await end(started, data)
        await cleanUp()
      },
    }
  } catch (error) {
    await cleanUp()
    throw error
  }
}

interface Running {
  child: ChildProcess
  exited: Promise<number | null>
  output(): string
}

/**
 * Starts the target's script, which may refuse to go on; see `Instance` for one that is up.
 *
 * @param variables all that it gets of the app's and of Gatehouse's own; `GATEHOUSE_DATA` also keeps the keys
 */
export function launch(target: Target, variables: Record<string, string>): Running {
  const others = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name))
  const env = {
    ...Object.fromEntries(others),
    NO_COLOR: '1',
    SKIP_BUILD: '1',
    npm_lifecycle_event: 'test', // under npm, the script ends when who started it is gone without a word
    GATEHOUSE_ENV_FILE: join(variables.GATEHOUSE_DATA ?? tmpdir(), 'env'),
    ...variables,
  }
  // In a group of its own: a Ctrl-C that ends the tests leaves it to `stop`.
  const child = spawn(process.execPath, ['scripts/run.mjs', TASKS[target]], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  exited.catch(() => {}) // whoever waits for it is told
  running.add(child)
  child.once('close', () => running.delete(child))
  return { child, exited, output: () => output }
}

async function waitUntilReady(url: string, { child, exited, output }: Running): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  const isOver = exited.then(() => true)
  for (;;) {
    if (/^Ready: /m.test(output())) return
    const hasEnded = await Promise.race([isOver, sleep(POLL_MS, false)])
    if (hasEnded) throw new Error(`${url} ended before it was ready:\n${output()}`)
    if (Date.now() > deadline) {
      child.kill('SIGTERM')
      throw new Error(`${url} was not ready in time:\n${output()}`)
    }
  }
}

async function end({ child, exited, output }: Running, data: string): Promise<void> {
  child.kill('SIGTERM')
  const code = await Promise.race([exited, sleep(STOP_TIMEOUT_MS, 'late' as const, { ref: false })])
  if (code === 'late') child.kill('SIGKILL')
  if (code !== 0) throw new Error(`The instance did not end well (${code}):\n${output()}`)
  const left = processesOf(data)
  if (left.length > 0) throw new Error(`The instance left processes behind:\n${left.join('\n')}`)
}

/** Processes whose command or environment names the data folder (on Linux; elsewhere nobody can tell). */
function processesOf(data: string): string[] {
  const read = (path: string) => {
    try {
      return readFileSync(path, 'utf8').replaceAll('\0', ' ')
    } catch {
      return '' // it has ended meanwhile, or is not ours
    }
  }
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`)
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`), environment: read(`/proc/${pid}/environ`) }))
    .filter(({ command, environment }) => !/redis-server/.test(command) && `${command} ${environment}`.includes(data))
    .map(({ pid, command }) => `${pid} ${command}`)
}
