/**
 * The built app twice in workerd, as two isolates that share objects and revocations, the way two data centres do: two
 * `npm run preview` cannot share a data folder.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { freePort } from '../../scripts/redis-server.mjs'
import { makeDataFolder, ROOT, type Settings } from './instances.ts'
import {
  bindObjects,
  COMPANION,
  COMPANION_COMPATIBILITY,
  COMPANION_OBJECTS,
  COMPATIBILITY,
  convertV4MiniflareOptions,
  Miniflare,
} from './miniflare.ts'

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
    ...COMPATIBILITY,
    bindings: settings,
    kvNamespaces: { REVOKED: 'shared' },
    durableObjects: bindObjects(COMPANION_OBJECTS, COMPANION),
    serviceBindings: { ASSETS: () => new Response('Not found', { status: 404 }) },
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
  }))
  const companion = {
    name: COMPANION,
    modules: true,
    script: await bundleCompanion(),
    ...COMPANION_COMPATIBILITY,
    durableObjects: bindObjects(COMPANION_OBJECTS),
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
