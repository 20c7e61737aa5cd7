/**
 * `npm run bench`: what things cost, measured in workerd; `npm run bench listing` measures only what is in files of that
 * name. It prints tables, and keeps nothing. What they show is in docs/benchmarks.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './lib/command.mjs'
import { needRedis } from './lib/packages.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'

const VITEST = [process.execPath, join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run']

await runTask(async () => {
  needRedis()
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'))
  // The stores put their data there. After Ctrl-C one of them may still be writing.
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const command = [...VITEST, '--config', 'bench/vitest.config.ts', ...process.argv.slice(2)]
  process.exit(await runCommand(command, { env: { ...process.env, TMPDIR: scratch } }))
})
