/**
 * The built app twice in workerd, as two isolates that share objects and revocations, the way two data centres do: two
 * `npm run preview` cannot share a data folder.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { build } from 'esbuild'
import { freePort } from '../../scripts/redis-server.mjs'
import { makeDataFolder, ROOT, type Settings } from './instances.ts'

// Wrangler's own: the one beside it in node_modules belongs to another tool.
const fromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'))
const { Miniflare, convertV4MiniflareOptions } = fromWrangler('miniflare')

const COMPANION = 'gatehouse-store'
const OBJECTS = {
  STORE: 'AccountObject',
  STORE_ADDRESSES: 'AddressObject',
  STORE_DIRECTORY: 'DirectoryObject',
  STORE_LIMITS: 'LimitObject',
  STORE_LINKS: 'LinkObject',
  HASHER: 'HasherObject',
}

export interface TwoIsolates {
  urls: [string, string]
  stop(): Promise<void>
}

export async function startTwoIsolates(settings: Settings): Promise<TwoIsolates> {
  const data = makeDataFolder()
  const folders = { kv: join(data, 'kv'), durable: join(data, 'durable') }
  for (const folder of Object.values(folders)) mkdirSync(folder)
  const ports = [await freePort(), await freePort(), await freePort()]
  const isolates = ports.slice(1).map((port, index) => ({
    ...appModules(),
    name: `app-${index}`,
    compatibilityDate: '2026-11-01',
    compatibilityFlags: ['nodejs_compat'],
    bindings: settings,
    kvNamespaces: { REVOKED: 'shared' },
    durableObjects: objects(COMPANION),
    serviceBindings: { ASSETS: () => new Response('Not found', { status: 404 }) },
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  }))
  const companion = {
    name: COMPANION,
    modules: true,
    script: await bundleCompanion(),
    compatibilityDate: '2026-11-01',
    durableObjects: objects(),
  }
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      host: '127.0.0.1',
      port: ports[0],
      kvPersist: folders.kv,
      durableObjectsPersist: folders.durable,
      workers: [...isolates, companion],
      handleStructuredLogs: () => {}, // the app's log, which is nobody's here
    }),
  )
  await runtime.ready
  return {
    urls: [`http://127.0.0.1:${ports[1]}`, `http://127.0.0.1:${ports[2]}`],
    async stop() {
      await runtime.dispose()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

function appModules() {
  const root = join(ROOT, '.vercel/output/static/_worker.js')
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(js|wasm)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
  const main = join(root, 'index.js')
  const modules = [main, ...paths.filter((path) => path !== main)].map((path) => {
    return { type: path.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule', path }
  })
  return { modules, modulesRoot: root }
}

function objects(scriptName?: string) {
  return Object.fromEntries(
    Object.entries(OBJECTS).map(([name, className]) => [name, { className, useSQLite: true, scriptName }]),
  )
}

async function bundleCompanion(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, 'lib/companion/worker.ts')],
    bundle: true,
    format: 'esm',
    write: false,
    external: ['cloudflare:workers'],
    conditions: ['workerd'],
  })
  return outputFiles[0]?.text ?? ''
}
