/** One workerd with every Worker that is measured, each on a port of its own, and what it costs its machine. */
import { fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { ROOT } from '../../scripts/lib/setup.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import {
  bindObjects,
  COMPANION,
  COMPANION_COMPATIBILITY,
  COMPANION_OBJECTS,
  COMPATIBILITY,
  convertV4MiniflareOptions,
  Miniflare,
  STORE_OBJECTS,
} from '../../tests/support/miniflare.ts'
import { type CpuClock, childrenNamed, cpuOfTree } from './cpu.ts'

export interface Worker {
  /** A file below `bench`. */
  entry: string
  bindings: Record<string, string>
  /** Binds the objects of the companion Worker. */
  hasObjects?: boolean
  /** Classes of its own, by binding. */
  ownObjects?: Record<string, string>
  /** For `workers/loader.ts`: Workers that it starts, by name. */
  loads?: Record<string, LoadedWorker>
}

export interface LoadedWorker {
  /** A file below `bench`. */
  entry: string
  bindings: Record<string, unknown>
  /** Modules that it carries without their contents, by what they are imported as. */
  without?: RegExp[]
}

export interface Runtime<Name extends string> {
  ports: Record<Name, number>
  /** Of workerd. */
  cpu: CpuClock
  stop(): Promise<void>
}

export async function startRuntime<Name extends string>(workers: Record<Name, Worker>): Promise<Runtime<Name>> {
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-runtime-'))
  const durable = join(data, 'durable')
  mkdirSync(durable)
  const names = Object.keys(workers) as Name[]
  const ports = await Promise.all(names.map(() => freePort()))
  const measured = await Promise.all(
    names.map(async (name, index) => {
      const { entry, bindings, hasObjects, ownObjects = {}, loads } = workers[name]
      return {
        name,
        modules: true,
        script: (await bundle(entry)).text,
        ...COMPATIBILITY,
        bindings: { ...bindings, ...(await bundleLoaded(loads ?? {})) },
        ...(loads ? { workerLoaders: { LOADER: {} } } : {}),
        durableObjects: { ...(hasObjects ? bindObjects(STORE_OBJECTS, COMPANION) : {}), ...bindObjects(ownObjects) },
        unsafeDirectSockets: [{ host: '127.0.0.1', port: ports[index] }],
      }
    }),
  )
  const companion = {
    name: COMPANION,
    modules: true,
    script: (await bundle('../lib/companion/worker.ts')).text,
    ...COMPANION_COMPATIBILITY,
    durableObjects: bindObjects(COMPANION_OBJECTS),
  }
  const before = new Set(childrenNamed('workerd'))
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: await freePort(),
      durableObjectsPersist: durable,
      workers: [...measured, companion],
      handleStructuredLogs: () => {}, // nobody's here
    }),
  )
  await runtime.ready
  const [pid] = childrenNamed('workerd').filter((each) => !before.has(each))
  return {
    ports: Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<Name, number>,
    cpu: pid === undefined ? () => null : cpuOfTree(pid),
    async stop() {
      await runtime.dispose()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

/**
 * Measures in several workerds, one after the other. Where the stack of a process happens to lie is settled when it starts, and
 * makes one and the same hash take up to twice as long; so one process alone may tell of its luck only.
 *
 * @returns what it found in each of them
 */
export async function inEachOf<Name extends string, Found>(
  count: number,
  workers: Record<Name, Worker>,
  measure: (runtime: Runtime<Name>, turn: number) => Promise<Found>,
): Promise<Found[]> {
  const found: Found[] = []
  for (let turn = 0; turn < count; turn++) {
    const runtime = await startRuntime(workers)
    try {
      found.push(await measure(runtime, turn))
    } finally {
      await runtime.stop()
    }
  }
  return found
}

/** As `workers/loader.ts` reads them. Minified, as hosts get them: that is part of how long a start takes. */
async function bundleLoaded(loads: Record<string, LoadedWorker>): Promise<Record<string, unknown>> {
  const bundled = Object.entries(loads).map(async ([name, { entry, bindings, without = [] }]) => [
    [`CODE_${name}`, (await bundle(entry, { minify: true, plugins: [emptying(without)] })).text],
    [`OPTIONS_${name}`, { ...COMPATIBILITY, env: bindings }],
  ])
  return Object.fromEntries((await Promise.all(bundled)).flat())
}

/** Bytes of a Worker's code, minified and gzipped, as a host counts them. */
export async function weigh(entry: string, left: RegExp[] = []): Promise<number> {
  const { contents } = await bundle(entry, { minify: true, plugins: [leavingOut(left)] })
  return gzipSync(contents, { level: 9 }).length
}

async function bundle(entry: string, options: BuildOptions = {}) {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'bench', entry)],
    alias: { '@': ROOT },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'esnext',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['node:*', 'cloudflare:*'],
    conditions: ['workerd', 'worker', 'browser'],
    logLevel: 'error',
    ...options,
  })
  const [file] = outputFiles ?? []
  if (!file) throw new Error(`There is no Worker in ${entry}`)
  return file
}

function emptying(patterns: RegExp[]) {
  return {
    name: 'emptying',
    setup({ onResolve, onLoad }: import('esbuild').PluginBuild) {
      onResolve({ filter: /./ }, ({ path }) =>
        patterns.some((each) => each.test(path)) ? { path, namespace: 'empty' } : null,
      )
      onLoad({ filter: /./, namespace: 'empty' }, () => ({ contents: 'module.exports = {}' }))
    },
  }
}

function leavingOut(patterns: RegExp[]) {
  return {
    name: 'leaving out',
    setup({ onResolve }: import('esbuild').PluginBuild) {
      onResolve({ filter: /./ }, ({ path }) =>
        patterns.some((each) => each.test(path)) ? { path, external: true } : null,
      )
    },
  }
}

export interface Stores {
  redis: { url: string; token: string }
  /** Address of the store of records. */
  records: string
  stop(): Promise<void>
}

/** Starts the stores, in a process of their own. */
export async function startStores(): Promise<Stores> {
  const child = fork(join(ROOT, 'bench/support/stores.ts'))
  const addresses = await new Promise<Pick<Stores, 'redis' | 'records'>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Pick<Stores, 'redis' | 'records'>))
    child.once('exit', () => reject(new Error('The stores did not start')))
  })
  return {
    ...addresses,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await exited
    },
  }
}
