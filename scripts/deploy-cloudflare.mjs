/** `npm run deploy:cloudflare`: the companion Worker, then the app on Cloudflare Pages. Asks nothing; says what is missing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildPages } from './lib/build.mjs'
import { askCommand, runCommand } from './lib/command.mjs'
import { companionOptions } from './lib/companion.mjs'
import { Problem } from './lib/problem.mjs'
import { ROOT } from './lib/setup.mjs'
import { runTask } from './lib/task.mjs'
import { COMPANION, WRANGLER } from './lib/tools.mjs'

const SECRETS = ['AUTH_KEYS', 'AUTH_SECRET']
const PRODUCTION_BRANCH = 'main'
const env = { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false', WRANGLER_HIDE_BANNER: 'true' }
/** After this, a command that asks a server something has no answer. */
const ASK = { env, timeoutMs: 30_000 }

const config = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
const project = /^name = "(.+)"$/m.exec(config)?.[1] ?? 'gatehouse'
const login = 'a login:       npx wrangler login   (or set CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID)'
const AGAIN = 'then:          npm run deploy:cloudflare   (says what else is missing, if anything is)'
const createNamespace =
  'a namespace:   npx wrangler kv namespace create REVOKED   (its id goes into wrangler.toml, as that of REVOKED)'
const createProject = `a project:     npx wrangler pages project create ${project} --production-branch ${PRODUCTION_BRANCH}`
const putSecrets = (/** @type {string[]} */ names) => [
  'its secrets:   npm run --silent keys prints a fresh pair; give each value to',
  ...names.map((name) => `               npx wrangler pages secret put ${name} --project-name ${project}`),
]

await runTask(async () => {
  const missing = await findMissing()
  if (missing.length > 0)
    throw new Problem(['Not deployed. What Cloudflare Pages needs first:', ...missing].join('\n  '))
  await buildPages({ isForced: true }) // first: what cannot be built shall change nothing
  await step('The companion Worker', [...WRANGLER, 'deploy', '-c', COMPANION, ...companionOptions()])
  await step('The app', [...WRANGLER, 'pages', 'deploy', '--branch', PRODUCTION_BRANCH, '--commit-dirty=true'])
})

/** @returns {Promise<string[]>} lines that tell what to do */
async function findMissing() {
  const whoami = await askCommand([...WRANGLER, 'whoami'], ASK)
  const namespace = /^id = "the-id-of-your-namespace"$/m.test(config) ? [createNamespace] : []
  // Nothing else is known yet, and fresh secrets over those of a deployment would lock everybody out.
  if (/not authenticated/i.test(whoami.output)) return [login, ...namespace, AGAIN]
  if (!whoami.ok) throw new Problem(`Cloudflare does not answer, or refuses the login:\n${whoami.output}`)

  const projects = await askCommand([...WRANGLER, 'pages', 'project', 'list'], ASK)
  if (!projects.ok) throw new Problem(`Cloudflare did not list the projects:\n${projects.output}`)
  if (!new RegExp(`(^|[^\\w-])${project}([^\\w-]|$)`, 'm').test(projects.output)) {
    return [...namespace, createProject, ...putSecrets(SECRETS)]
  }

  const secrets = await askCommand([...WRANGLER, 'pages', 'secret', 'list', '--project-name', project], ASK)
  if (!secrets.ok) throw new Problem(`Cloudflare did not list the secrets:\n${secrets.output}`)
  const unset = SECRETS.filter((name) => !new RegExp(`\\b${name}\\b`).test(secrets.output))
  return [...namespace, ...(unset.length > 0 ? putSecrets(unset) : [])]
}

/**
 * @param {string} title
 * @param {string[]} command
 */
async function step(title, command) {
  console.log(`${title} …`)
  if ((await runCommand(command, { env })) !== 0) throw new Problem(`${title}: not deployed.`)
}
