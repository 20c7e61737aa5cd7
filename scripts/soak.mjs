/**
 * `npm run soak`: what only time shows, on the built app and on both stores; `npm run soak crash` plays only what is in files of
 * that name, and `npm run soak -- --minutes 1` the same for a shorter time than ten minutes. It prints tables, and exits with 1
 * when something that was promised did not hold. With `--write` those of `load` go to docs/security.md too. What was seen is in
 * docs/soak.md.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildPages } from './lib/build.mjs'
import { runCommand } from './lib/command.mjs'
import { needRedis } from './lib/packages.mjs'
import { Problem } from './lib/problem.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'

const VITEST = [process.execPath, join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run']
const MINUTES = '10'
const USAGE = 'npm run soak [names] [-- --minutes <how long> --write], such as: npm run soak -- --minutes 1'

await runTask(async () => {
  const { minutes, isWriting, names } = readOptions()
  needRedis()
  await buildPages()
  const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-soak-'))
  // The stores put their data there. After Ctrl-C one of them may still be writing.
  process.on('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const env = {
    ...process.env,
    TMPDIR: scratch,
    GATEHOUSE_SOAK_MINUTES: minutes,
    GATEHOUSE_SOAK_WRITE: isWriting ? '1' : '',
  }
  process.exit(await runCommand([...VITEST, '--config', 'soak/vitest.config.ts', ...names], { env }))
})

function readOptions() {
  const { values, positionals } = parseOptions()
  const { minutes, write } = values
  if (!(Number(minutes) > 0)) throw new Problem(USAGE)
  return { minutes, isWriting: write, names: positionals }
}

function parseOptions() {
  try {
    return parseArgs({
      options: { minutes: { type: 'string', default: MINUTES }, write: { type: 'boolean', default: false } },
      allowPositionals: true,
    })
  } catch {
    throw new Problem(USAGE)
  }
}
