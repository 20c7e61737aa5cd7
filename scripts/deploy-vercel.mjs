/** `npm run deploy:vercel`: the app on Vercel, on Upstash Redis. Asks nothing; says what is missing. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { restoreLinkedProject } from './lib/build.mjs'
import { askCommand, runCommand } from './lib/command.mjs'
import { Problem } from './lib/problem.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'

const SECRETS = ['AUTH_KEYS', 'AUTH_SECRET']
const env = { ...process.env, CI: '1' }
/** After this, a command that asks a server something has no answer. */
const ASK = { env, timeoutMs: 30_000 }
const token = process.env.VERCEL_TOKEN?.trim()
const VERCEL = [
  process.execPath,
  join(ROOT, 'node_modules', 'vercel', 'dist', 'vc.js'),
  ...(token ? ['--token', token] : []),
]

const login = 'a login:     npx vercel login   (or set VERCEL_TOKEN)'
const link = 'a project:   npx vercel link   (or set VERCEL_ORG_ID and VERCEL_PROJECT_ID)'
const AGAIN = 'then:        npm run deploy:vercel   (says what else is missing, if anything is)'
const addRedis = 'its store:   npx vercel integration add upstash   (sets the variables itself)'
const addSecrets = (/** @type {string[]} */ names) => [
  'its secrets: npm run --silent keys prints a fresh pair; give each value to',
  ...names.map((name) => `             npx vercel env add ${name} production`),
]

await runTask(async () => {
  restoreLinkedProject()
  const missing = await findMissing()
  if (missing.length > 0) throw new Problem(['Not deployed. What Vercel needs first:', ...missing].join('\n  '))
  if ((await runCommand([...VERCEL, 'deploy', '--prod', '--yes'], { env })) !== 0) throw new Problem('Not deployed.')
})

/** @returns {Promise<string[]>} lines that tell what to do */
async function findMissing() {
  const isLinked = hasLinkedProject()
  const whoami = await askCommand([...VERCEL, 'whoami'], ASK)
  // Nothing else is known yet, and fresh secrets over those of a deployment would lock everybody out.
  const unknown = [...(isLinked ? [] : [link]), AGAIN]
  if (/no existing credentials/i.test(whoami.output)) return [login, ...unknown]
  if (!whoami.ok) throw new Problem(`Vercel does not answer, or refuses the login:\n${whoami.output}`)
  if (!isLinked) return unknown

  const list = await askCommand([...VERCEL, 'env', 'ls', 'production'], ASK)
  if (!list.ok) throw new Problem(`Vercel did not list the variables:\n${list.output}`)
  const has = (/** @type {string} */ name) => new RegExp(`\\b${name}\\b`).test(list.output)
  const unset = SECRETS.filter((name) => !has(name))
  const hasRedis = has('UPSTASH_REDIS_REST_URL') || has('KV_REST_API_URL')
  return [...(hasRedis ? [] : [addRedis]), ...(unset.length > 0 ? addSecrets(unset) : [])]
}

/** `npm run preview` leaves a project that is none: its id is `_`. */
function hasLinkedProject() {
  if (process.env.VERCEL_ORG_ID && process.env.VERCEL_PROJECT_ID) return true
  const path = join(ROOT, '.vercel', 'project.json')
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).projectId !== '_'
}
