/** What a task runs with: the variables for the app, the port, the data folder. */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { relative, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { parseSettings } from '../../lib/env.ts'
import { parseMailSettings } from '../../lib/mail/mail-settings.ts'
import { makeKeys } from './keys.mjs'
import { tryLock, withLock } from './lock.mjs'
import { Problem } from './problem.mjs'
import { ROOT } from './setup.mjs'

/** A line of `vercel env pull`, which writes JSON between double quotes as it is; Node's parser would end at the second quote. */
const QUOTES_IN_QUOTES = /^(\w+)="([^'\n]*[^'\\\n]"[^'\n]*)"[ \t]*$/gm

/** Variables of the environment that belong to the app. */
const APP_VARIABLE = /^(AUTH|UPSTASH|KV|RESEND|POSTMARK)_/

/**
 * Reads the app's variables: those of the environment, over those of the `.env` files, which are the ones that Next.js
 * reads. Keys that are nowhere are made, into `.env.local`. `GATEHOUSE_ENV_FILE` names another file, and then the only one.
 *
 * @param {'development' | 'production'} mode
 * @param {Record<string, string>} [fixed] go over all others
 * @returns {Promise<{ variables: Record<string, string>, usesRedis: boolean }>}
 * @throws {Problem} naming each variable that is wrong
 */
export async function readSettings(mode, fixed = {}) {
  const read = () => ({ ...readVariables(mode), ...fixed })

  let variables = read()
  if (!isGiven('AUTH_KEYS', variables) || !isGiven('AUTH_SECRET', variables)) {
    const target = resolve(ROOT, process.env.GATEHOUSE_ENV_FILE || '.env.local')
    await withLock(`keys ${target}`, async () => addKeys(target, read()))
    variables = read()
  }
  for (const name of Object.keys(variables)) variables[name] = fixed[name] ?? process.env[name] ?? variables[name]

  /** @type {string[]} */
  const problems = []
  const settings = attempt(() => parseSettings(variables), problems)
  attempt(() => parseMailSettings(variables, settings?.issuer ?? null, mode === 'development'), problems)
  if (!settings || problems.length > 0) throw new Problem(problems.join('\n'))
  return { variables, usesRedis: settings.redis !== null }
}

/**
 * The app's variables as they are: none is checked, and none is made.
 *
 * @param {'development' | 'production'} mode
 * @returns {Record<string, string>}
 */
export function readVariables(mode) {
  const own = process.env.GATEHOUSE_ENV_FILE
  const files = own ? [own] : ['.env', `.env.${mode}`, '.env.local', `.env.${mode}.local`]
  return { ...Object.assign({}, ...files.map(readEnvFile)), ...appVariables(process.env) }
}

/**
 * What `parse` returns; null where it finds settings that are wrong, which it adds to `problems`.
 *
 * @template T
 * @param {() => T} parse
 * @param {string[]} problems
 * @returns {T | null}
 */
function attempt(parse, problems) {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SettingsError') throw error
    problems.push(error.message)
    return null
  }
}

/**
 * Adds the keys that `variables` lacks to the file, which is made, readable by its owner only, when there is none.
 *
 * @param {string} path
 * @param {Record<string, string>} variables
 */
async function addKeys(path, variables) {
  const missing = Object.entries(await makeKeys()).filter(([name]) => !isGiven(name, variables))
  if (missing.length === 0) return
  const before = readText(path)
  const start =
    before === null
      ? '# Made on the first run, for this machine only. Production gets its own: npm run keys'
      : before.trimEnd()
  const lines = missing.map(([name, value]) => `${name}='${value}'`)
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${[start, ...lines].join('\n')}\n`, { mode: 0o600, flag: 'wx' })
  try {
    if (before === null) linkSync(draft, path)
    else renameSync(draft, path)
  } finally {
    rmSync(draft, { force: true })
  }
}

/**
 * An empty variable of the environment counts: somebody wants the app to see none.
 *
 * @param {string} name
 * @param {Record<string, string>} variables
 */
function isGiven(name, variables) {
  return variables[name] !== undefined
}

/** What the file holds; a variable without a value is a form not yet filled in. @param {string} path */
function readEnvFile(path) {
  const text = readText(resolve(ROOT, path)) ?? ''
  const entries = Object.entries(parseEnv(text.replace(QUOTES_IN_QUOTES, "$1='$2'")))
  return Object.fromEntries(entries.filter(([, value]) => value?.trim()))
}

/** @param {string} path */
function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}

/** @param {NodeJS.ProcessEnv} environment */
function appVariables(environment) {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => APP_VARIABLE.test(name)))
}

/**
 * The port to listen on: `PORT`, else `fallback`.
 *
 * @param {number} fallback
 * @param {string} task for the hint
 * @throws {Problem} when it is no port, or taken
 */
export async function readPort(fallback, task) {
  const text = process.env.PORT?.trim() || `${fallback}`
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) throw new Problem(`PORT must be a number from 1 to 65535, not "${text}".`)
  const error = (await listenError(port, '127.0.0.1')) ?? (await listenError(port, '::'))
  if (error === 'EADDRINUSE') {
    throw new Problem(`Port ${port} is taken. Try: PORT=${port === 65_535 ? fallback : port + 1} npm ${task}`)
  }
  if (error === 'EACCES') throw new Problem(`Port ${port} needs more rights. Try: PORT=${fallback} npm ${task}`)
  return port
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<string | undefined>} the code of the error
 */
function listenError(port, host) {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => resolve(error.code))
    server.listen({ port, host }, () => server.close(() => resolve(undefined)))
  })
}

/** The folder that holds an instance's data: `GATEHOUSE_DATA`, else `.gatehouse`. */
export function dataFolder() {
  const folder = resolve(ROOT, process.env.GATEHOUSE_DATA?.trim() || '.gatehouse')
  mkdirSync(folder, { recursive: true })
  return folder
}

/**
 * Claims a part of the data folder for as long as this process lives.
 *
 * @param {string} folder
 * @param {'durable' | 'next' | 'redis'} part
 * @param {string} task for the hint
 */
export async function claimData(folder, part, task) {
  if (await tryLock(`${part} ${folder}`)) return
  const name = showPath(folder)
  throw new Problem(
    `Another Gatehouse uses the data in ${name}. Try: GATEHOUSE_DATA=${name}-2 PORT=<another> npm ${task}`,
  )
}

/** As short as it can be told. @param {string} path */
export function showPath(path) {
  const short = relative(ROOT, path)
  return short.startsWith('..') ? path : short
}
