/** How to start Next.js and Wrangler: their commands and their environments. */
import { existsSync, readFileSync } from 'node:fs'
import { devNull } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { companionVariables } from './companion.mjs'
import { ROOT } from './setup.mjs'

export const NEXT = [process.execPath, join(ROOT, 'node_modules', 'next', 'dist', 'bin', 'next')]
export const WRANGLER = [process.execPath, join(ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js')]
export const COMPANION = join('lib', 'companion', 'wrangler.toml')

/** What any program needs of the environment. Wrangler gets no more, as it hands on all that it has. */
const COMMON =
  /^(PATH|HOME|USER|TMPDIR|TMP|TEMP|TERM|LANG|LC_.*|TZ|NO_COLOR|FORCE_COLOR|XDG_.*|SystemRoot|APPDATA|LOCALAPPDATA|USERPROFILE|SSL_CERT_.*|NODE_EXTRA_CA_CERTS|MINIFLARE_WORKERD_V8_FLAGS)$/

/**
 * @param {Record<string, string>} variables
 * @returns {NodeJS.ProcessEnv}
 */
export function nextEnvironment(variables) {
  const { NODE_ENV: _, ...rest } = process.env // Next sets its own
  return {
    ...rest,
    ...colours(),
    ...variables,
    NEXT_TELEMETRY_DISABLED: '1',
    NEXT_IGNORE_INCORRECT_LOCKFILE: '1', // it would ask a registry
    ...(process.env.GATEHOUSE_ENV_FILE ? { __NEXT_PROCESSED_ENV: 'true' } : {}), // leaves the other files alone
  }
}

/**
 * For a local Wrangler, which makes every variable that it is given a binding of the Workers that it runs.
 *
 * @param {string} registry a folder of this instance's own, where its Workers find each other
 * @param {Record<string, string>} variables
 * @returns {NodeJS.ProcessEnv}
 */
export function wranglerEnvironment(registry, variables) {
  const common = Object.entries(process.env).filter(([name]) => COMMON.test(name))
  return {
    ...Object.fromEntries(common),
    ...colours(),
    ...companionVariables(),
    ...withoutFiles(variables),
    WRANGLER_REGISTRY_PATH: registry,
    WRANGLER_SEND_METRICS: 'false',
    WRANGLER_HIDE_BANNER: 'true',
    // Its explorer and traces would keep the address of each request, mailed links too, and take half as much CPU as the app.
    X_LOCAL_EXPLORER: 'false',
    X_LOCAL_OBSERVABILITY: 'false',
    WRANGLER_LOG_PATH: join(registry, '..', '..', 'logs'),
    CLOUDFLARE_INCLUDE_PROCESS_ENV: 'true',
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
  }
}

/**
 * Options of every local Wrangler. No inspector, and no file of variables beside the environment.
 *
 * @param {string} data where Durable Objects keep theirs
 */
export function wranglerOptions(data) {
  return ['--persist-to', data, '--inspector-port', '0', '--env-file', devNull, '--show-interactive-dev-session=false']
}

/**
 * `wrangler pages dev` fills in what is missing or empty from these files, whatever `--env-file` says. A blank, which counts as
 * none, keeps it out.
 *
 * @param {Record<string, string>} variables
 * @returns {Record<string, string>}
 */
function withoutFiles(variables) {
  const files = ['.env', '.env.local'].map((name) => join(ROOT, name)).filter((path) => existsSync(path))
  const names = files.flatMap((path) => Object.keys(parseEnv(readFileSync(path, 'utf8'))))
  const blanks = names.filter((name) => !variables[name]).map((name) => [name, ' '])
  return { ...variables, ...Object.fromEntries(blanks) }
}

/** Colours get lost in a pipe, unless one asks for them. */
function colours() {
  return process.stdout.isTTY && process.env.NO_COLOR === undefined ? { FORCE_COLOR: '1' } : {}
}
