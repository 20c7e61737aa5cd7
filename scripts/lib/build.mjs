/** The production build for Cloudflare Pages, made when the sources have changed since the last one. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { withLock } from './lock.mjs'
import { Problem } from './problem.mjs'
import { ROOT } from './setup.mjs'
import { nextEnvironment } from './tools.mjs'

const VERCEL = join(ROOT, '.vercel')
const OUTPUT = join(VERCEL, 'output', 'static', '_worker.js', 'index.js')
const STAMP = join(VERCEL, 'gatehouse-sources')
const PROJECT = join(VERCEL, 'project.json')
const LINKED_PROJECT = join(VERCEL, 'project.linked.json')
const NEXT_ON_PAGES = join(ROOT, 'node_modules', '@cloudflare', 'next-on-pages', 'bin', 'index.js')
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
/** Neither colours in what may have to be shown, nor questions to servers about newer versions. */
const QUIET = { NO_COLOR: '1', FORCE_COLOR: undefined, VERCEL_TELEMETRY_DISABLED: '1', NO_UPDATE_NOTIFIER: '1' }
/** Lines of the build's own words to show when it fails. */
const OUTPUT_LINES = 80

const HIDDEN = /^\./
/** At the top level, what the app is not built from (beside all that begins with a dot). */
const NOT_SOURCES =
  /^(\..*|node_modules|docs|tests|bench|soak|scripts|coverage|next-env\.d\.ts|.*\.(md|tsbuildinfo|log))$/

/**
 * What `next-on-pages` needs of a project on Vercel, which there is not: that nothing is installed, above all. Its build
 * would run `npm install` under our feet.
 */
const PROJECT_SETTINGS = { projectId: '_', orgId: '_', settings: { framework: 'nextjs', installCommand: 'true' } }

/**
 * Builds for Cloudflare Pages, unless the last build is of the same sources. One process at a time builds, others wait.
 *
 * @param {{ isForced?: boolean }} [options]
 * @throws {Problem} with what the build said when it fails
 */
export async function buildPages({ isForced = false } = {}) {
  const work = async () => {
    const sources = hashSources()
    if (!isForced && existsSync(OUTPUT) && existsSync(STAMP) && readFileSync(STAMP, 'utf8') === sources) return
    console.log('Building (takes a minute) …')
    rmSync(STAMP, { force: true })
    await withProjectSettings(runNextOnPages)
    writeFileSync(OUTPUT, mendRequests(mendRoutes(readFileSync(OUTPUT, 'utf8'))))
    writeFileSync(STAMP, sources)
  }
  await withLock(`build ${ROOT}`, work, () => console.log('Waiting for a build that is under way …'))
}

export function hasPagesBuild() {
  return existsSync(OUTPUT)
}

async function runNextOnPages() {
  const child = spawn(process.execPath, [NEXT_ON_PAGES], {
    cwd: ROOT,
    env: { ...nextEnvironment({}), ...QUIET },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // so that all that it starts can be ended with it
  })
  const interrupt = () => {
    if (child.pid) process.kill(-child.pid, 'SIGKILL')
    restoreLinkedProject()
    process.exit(1)
  }
  for (const signal of SIGNALS) process.on(signal, interrupt)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const code = await new Promise((resolve) => child.once('close', resolve))
  for (const signal of SIGNALS) process.off(signal, interrupt)
  if (code === 0 && existsSync(OUTPUT)) return
  throw new Problem(`${output.trim().split('\n').slice(-OUTPUT_LINES).join('\n')}\nThe build failed.`)
}

/**
 * Puts three things right that next-on-pages makes of Next's routes: middleware did not run for Server Actions, since a route
 * that only notes an action's name ended the routing; what it set on an answer to the router's own requests (cookies
 * too) got lost, since a route that only renames their path took all headers back; and renaming `//` failed (`500`): such
 * a path leads to the one with a single slash, as under `next start`.
 *
 * @param {string} worker
 * @throws {Problem} when the routes do not look as they did: the rest of this file has to be read again
 */
function mendRoutes(worker) {
  const actions = /\{src:"[^"]*",has:\[\{type:"header",key:"next-action",value:"\w+"\}\],transforms:\[[^\]]*\]\},/g
  const overrides = /(headers:\{vary:"rsc, [^"]*"\},continue:!0),override:!0/g
  const beginning = /\bnone:\[(?=\{src:)/
  if (![actions, overrides, beginning].every((route) => route.test(worker))) {
    throw new Problem('The routes of next-on-pages have changed: see mendRoutes in scripts/lib/build.mjs.')
  }
  const oneSlash = '{src:"^//+(.*)$",headers:{Location:"/$1"},status:308},'
  return worker
    .replace(actions, '')
    .replace(overrides, '$1')
    .replace(beginning, (found) => found + oneSlash)
}

/**
 * Takes a body away where it means nothing (RFC 9110 §9.3.1): with a `GET` that has one, or says that it has none of it
 * (`Content-Length: 0`), Next's functions failed (`500`).
 *
 * @param {string} worker
 * @throws {Problem} when its end does not look as it did
 */
function mendRequests(worker) {
  const end = /export\{(\w+) as default\};/
  if (!end.test(worker))
    throw new Problem('The Worker of next-on-pages has changed: see mendRequests in scripts/lib/build.mjs.')
  return worker.replace(
    end,
    (_, handler) => `
const gatehouseWithoutBody = (request) => {
  const { url, method, headers, cf } = request
  const isRead = method === 'GET' || method === 'HEAD'
  return isRead && request.body ? new Request(url, { method, headers, cf, redirect: 'manual' }) : request
}
const gatehouseHandler = { fetch: (request, ...others) => ${handler}.fetch(gatehouseWithoutBody(request), ...others) }
export { gatehouseHandler as default };`,
  )
}

/**
 * Runs `work` with settings of our own in the place of those of a linked Vercel project.
 *
 * @param {() => Promise<void>} work
 */
async function withProjectSettings(work) {
  mkdirSync(VERCEL, { recursive: true })
  const isLinked =
    existsSync(PROJECT) && JSON.parse(readFileSync(PROJECT, 'utf8')).projectId !== PROJECT_SETTINGS.projectId
  if (isLinked) renameSync(PROJECT, LINKED_PROJECT)
  writeFileSync(PROJECT, JSON.stringify(PROJECT_SETTINGS))
  try {
    await work()
  } finally {
    rmSync(PROJECT)
    restoreLinkedProject()
  }
}

/** Also mends what a build that was killed has left. */
export function restoreLinkedProject() {
  if (existsSync(LINKED_PROJECT)) renameSync(LINKED_PROJECT, PROJECT)
}

/** A hash over the names and contents of all that the build may depend on, this file too. */
function hashSources() {
  const hash = createHash('sha256')
    .update(process.version)
    .update(readFileSync(import.meta.filename))
  for (const path of sourceFiles(ROOT, NOT_SOURCES).sort()) {
    hash.update(`\n${relative(ROOT, path)}\n`).update(readFileSync(path))
  }
  return hash.digest('hex')
}

/**
 * @param {string} folder
 * @param {RegExp} excluded names
 * @returns {string[]}
 */
function sourceFiles(folder, excluded) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (excluded.test(entry.name)) return []
    return entry.isDirectory() ? sourceFiles(path, HIDDEN) : [path]
  })
}
