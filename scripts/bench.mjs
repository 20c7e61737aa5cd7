/**
 * `npm run bench`: what things cost, measured in workerd; `npm run bench listing` measures only what is in files of that
 * name. It prints tables. With `-- --write` they go to docs/benchmarks.md too, which tells what they show.
 */
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPages } from './lib/build.mjs'
import { askCommand, runCommand } from './lib/command.mjs'
import { needRedis } from './lib/packages.mjs'
import { Problem } from './lib/problem.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'

const VITEST = [process.execPath, join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run']
const PEERS = join(ROOT, 'bench', 'peers')
const WRITE = '--write'

await runTask(async () => {
  const args = process.argv.slice(2).filter((arg) => arg !== WRITE)
  const names = args.filter((arg) => !arg.startsWith('-'))
  const isAsked = (/** @type {string} */ bench) =>
    names.length === 0 || names.some((name) => `bench/outside/${bench}.bench.ts`.includes(name))
  needRedis()
  if (isAsked('auth')) await needPeers()
  if (isAsked('app')) await buildPages()
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  // The stores put their data there. After Ctrl-C one of them may still be writing.
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const env = { ...process.env, TMPDIR: scratch, GATEHOUSE_BENCH_WRITE: process.argv.includes(WRITE) ? '1' : '' }
  process.exit(await runCommand([...VITEST, '--config', 'bench/vitest.config.ts', ...args], { env }))
})

/** Installs the libraries that Gatehouse is measured beside. Nothing else needs them. */
async function needPeers() {
  const installed = join(PEERS, 'node_modules', '.package-lock.json')
  const wanted = join(PEERS, 'package-lock.json')
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return
  console.log('Installing the libraries to compare with …')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error']
  const { ok, output } = await askCommand([npm, 'ci', '--prefix', PEERS, ...options])
  if (!ok) throw new Problem(`npm could not install what is in bench/peers.\n${output}`)
}
