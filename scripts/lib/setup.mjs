/** From a fresh clone to something that runs. Uses nothing but Node 20, as there is nothing else yet. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, delimiter, dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { withLock } from './lock.mjs'
import { watchParent } from './parent.mjs'
import { Problem } from './problem.mjs'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '')

const MODULES = join(ROOT, 'node_modules')
const PINNED_NODE = join(MODULES, 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
/** Which packages npm has installed, as it keeps it. */
const RECORD = join(MODULES, '.package-lock.json')
/** The lockfile that we have installed from, as its hash. */
const STAMP = join(MODULES, '.gatehouse-lockfile')
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** Characters of npm's own words to show when it fails: the reason comes first, its help text after it. */
const NPM_OUTPUT_LENGTH = 1_500

/**
 * Installs what is missing and runs the task with the pinned Node; ends this process as the task ended.
 *
 * @param {string | undefined} task
 * @param {string[]} args
 */
export async function setUpAndRun(task, args) {
  const script = join(ROOT, 'scripts', `${task}.mjs`)
  if (!task || !existsSync(script)) throw new Problem('Usage: npm run <task>. `npm run` alone lists the tasks.')
  await install()

  process.env.PATH = [dirname(PINNED_NODE), join(MODULES, '.bin'), process.env.PATH].join(delimiter)
  if (process.execPath === PINNED_NODE) {
    process.argv = [process.execPath, script, ...args]
    await import(pathToFileURL(script).href)
    return
  }
  const child = spawn(PINNED_NODE, [script, ...args], { cwd: ROOT, stdio: 'inherit' })
  watchParent(() => child.kill('SIGTERM'))
  const { code, signal } = await ended(child, (received) => child.kill(received))
  if (signal) process.kill(process.pid, signal)
  process.exit(code ?? 1)
}

/** Makes `node_modules` what package-lock.json says, if it is not; safe to run twice at once. */
async function install() {
  if (isInstalled()) return
  const work = async () => {
    if (isInstalled()) return // somebody else did it meanwhile
    if (!hasPackages()) {
      console.log('Installing packages (once; takes a minute) …')
      await npm(['ci', '--include=dev', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'])
    }
    if (!existsSync(PINNED_NODE)) await fetchPinnedNode()
    writeFileSync(STAMP, hashLockfile())
  }
  await withLock(`install ${ROOT}`, work, () => console.log('Waiting for packages that are being installed …'))
}

function isInstalled() {
  return existsSync(PINNED_NODE) && hasPackages()
}

/** Compares the lockfile with what was installed from, or else with the record that npm keeps of what it installed. */
function hasPackages() {
  if (isNewer(STAMP, RECORD) && readFileSync(STAMP, 'utf8') === hashLockfile()) return true
  const installed = readPackages(RECORD)
  const wanted = readPackages(join(ROOT, 'package-lock.json'))
  if (!installed || !wanted) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true
    const found = installed[path]
    return found ? found.version === version : optional === true // optional: for another platform
  })
}

/**
 * @param {string} path
 * @param {string} other
 */
function isNewer(path, other) {
  return existsSync(path) && existsSync(other) && statSync(path).mtimeMs >= statSync(other).mtimeMs
}

function hashLockfile() {
  return createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .digest('hex')
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, optional?: boolean }> | null}
 */
function readPackages(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : null
}

/** What the install script of the package `node` does; npm leaves it out where install scripts are switched off. */
async function fetchPinnedNode() {
  const folder = join(MODULES, 'node')
  await run(process.execPath, ['installArchSpecificPackage.js'], folder, 'Could not fetch the pinned Node.')
  if (!existsSync(PINNED_NODE)) {
    throw new Problem('The pinned Node is missing. Try: npm rebuild node --ignore-scripts=false')
  }
}

/** @param {string[]} args */
function npm(args) {
  const cli = process.env.npm_execpath ?? ''
  const failure = 'npm could not install the packages.'
  return basename(cli) === 'npm-cli.js'
    ? run(process.execPath, [cli, ...args], ROOT, failure)
    : run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, ROOT, failure)
}

/**
 * Runs a command without showing what it says, unless it fails.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {string} cwd
 * @param {string} failure
 */
async function run(command, args, cwd, failure) {
  // A group of its own: npm answers Ctrl-C by undoing what it did, for a minute, and may have children of its own.
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const { code, signal } = await ended(child, () => child.pid && process.kill(-child.pid, 'SIGKILL'))
  if (signal) process.exit(1)
  if (code !== 0) throw new Problem(`${failure}\n${output.trim().slice(0, NPM_OUTPUT_LENGTH)}`)
}

/**
 * Waits for `child` to end. Signals that this process gets meanwhile go to `forward`.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {(signal: NodeJS.Signals) => void} forward
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null }>}
 */
async function ended(child, forward) {
  for (const signal of SIGNALS) process.on(signal, forward)
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, signal) => resolve({ code, signal }))
    })
  } finally {
    for (const signal of SIGNALS) process.off(signal, forward)
  }
}
