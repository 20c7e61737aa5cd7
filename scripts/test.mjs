/**
 * `npm test`: everything, from the sources to the built app in a browser. The last line is `N passed, N failed`; a check, the
 * build, and a step that could not run count as one each.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPages } from './lib/build.mjs'
import { CHECKS } from './lib/checks.mjs'
import { askCommand, runCommand } from './lib/command.mjs'
import { needChromium, needRedis } from './lib/packages.mjs'
import { ROOT } from './lib/setup.mjs'
import { nextEnvironment } from './lib/tools.mjs'

/** What the user has set for a Gatehouse of their own is none of the tests' business. */
const OF_THE_USER = /^(AUTH|UPSTASH|KV|RESEND|POSTMARK|GATEHOUSE)_|^(PORT|SKIP_BUILD)$/
const VITEST = [process.execPath, join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), 'run']

const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))
for (const name of Object.keys(process.env)) if (OF_THE_USER.test(name)) delete process.env[name]
if (!process.stdout.isTTY) process.env.NO_COLOR ??= '1'
process.env.GATEHOUSE_ENV_FILE = join(scratch, 'env') // in the place of the user's .env.local

/** @typedef {{ passed: number, failed: number }} Count */
/** @type {Count} */
const total = { passed: 0, failed: 0 }

// Each keeps one core busy. The app's own types wait for the build: both write down the types of its routes.
const [isBuilt] = await Promise.all([
  step('build', build).then(async (isBuilt) => {
    await stepThrough(CHECKS.slice(0, 1))
    return isBuilt
  }),
  stepThrough(CHECKS.slice(1)),
])
const hasRedis = await stepQuietly('Redis', () => void needRedis())
const hasChromium = await stepQuietly('Chromium', () => {
  process.env.CHROMIUM_PATH = needChromium()
})
if (hasRedis) await step('unit and store tests, in workerd', () => vitest('vitest.config.ts'))
if (isBuilt && hasRedis && hasChromium) await step('the built app', () => vitest('tests/vitest.built.config.ts'))
else await step('the built app', () => Promise.reject(new Error('Could not run, see above.')))

console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)

/**
 * @param {string} title
 * @param {() => Promise<Count>} work
 * @returns {Promise<boolean>} whether all of it passed
 */
async function step(title, work) {
  console.log(`\n▸ ${title}`)
  const start = Date.now()
  const { passed, failed } = await work().catch((error) => {
    console.error(error.name === 'Problem' ? error.message : error)
    return { passed: 0, failed: 1 }
  })
  total.passed += passed
  total.failed += failed
  const seconds = ((Date.now() - start) / 1_000).toFixed(1)
  console.log(`${failed === 0 ? '✓' : '✗'} ${title}: ${passed} passed, ${failed} failed, ${seconds} s`)
  return failed === 0
}

/**
 * A step that is worth a word only when it fails.
 *
 * @param {string} title
 * @param {() => void} work
 */
async function stepQuietly(title, work) {
  try {
    work()
    return true
  } catch (error) {
    return step(title, () => Promise.reject(error))
  }
}

/** @returns {Promise<Count>} */
async function build() {
  await buildPages({ isForced: true })
  return { passed: 1, failed: 0 }
}

/** @param {typeof CHECKS} checks */
async function stepThrough(checks) {
  for (const { title, commands } of checks) await step(title, () => check(commands))
}

/**
 * @param {string[][]} commands
 * @returns {Promise<Count>}
 */
async function check(commands) {
  for (const command of commands) {
    const { ok, output } = await askCommand(command, { env: nextEnvironment({}) })
    if (ok) continue
    console.error(output)
    return { passed: 0, failed: 1 }
  }
  return { passed: 1, failed: 0 }
}

/**
 * @param {string} config
 * @returns {Promise<Count>}
 */
async function vitest(config) {
  if (!existsSync(join(ROOT, config))) throw new Error(`${config} is missing.`)
  const report = join(scratch, 'report.json')
  rmSync(report, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await runCommand([...VITEST, '--config', config, ...reporters])
  if (!existsSync(report)) throw new Error('Vitest could not run.')
  const { numPassedTests: passed, numFailedTests: failed } = JSON.parse(readFileSync(report, 'utf8'))
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1) } // a file that does not load has no tests to fail
}
