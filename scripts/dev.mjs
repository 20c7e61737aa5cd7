/**
 * `npm run dev`: `next dev`, on the embedded store (Durable Objects of the companion Worker, in the local Workers runtime),
 * or on Redis where the Upstash variables are set. `--redis` (`npm run dev:redis`) brings a local Redis along.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Crew } from './lib/crew.mjs'
import { answersPing, redisPort, redisUrl, startLocalRedis, TOKEN } from './lib/local-redis.mjs'
import { claimData, dataFolder, readPort, readSettings } from './lib/settings.mjs'
import { ROOT } from './lib/setup.mjs'
import { reportReady, runTask } from './lib/task.mjs'
import { COMPANION, NEXT, nextEnvironment, WRANGLER, wranglerEnvironment, wranglerOptions } from './lib/tools.mjs'
import { freePort } from './redis-server.mjs'

const DEFAULT_PORT = 3000
const DEFAULT_FOLDER = '.next-dev/default'

await runTask(async () => {
  const withRedis = process.argv.includes('--redis')
  const task = withRedis ? 'run dev:redis' : 'run dev'
  const port = await readPort(DEFAULT_PORT, task)
  const url = withRedis ? redisUrl(redisPort()) : null
  const { variables, usesRedis } = await readSettings(
    'development',
    url ? { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: TOKEN } : {},
  )
  const data = dataFolder()
  await claimData(data, 'next', task)
  if (!usesRedis) await claimData(data, 'durable', task)

  const crew = new Crew()
  console.log('Starting …')
  if (withRedis) await findRedis(crew, data, task)
  const registry = join(data, 'registry', 'dev')
  const distDir = nextFolder(data)
  // The default one stays for editors: `next-env.d.ts` names its types.
  if (distDir !== DEFAULT_FOLDER) crew.onEnd(() => removeFolder(distDir))
  const configs = wranglerConfigs(distDir)
  const companion = usesRedis ? null : await startCompanion(crew, configs.companion, data, registry)
  crew.start('next dev', [...NEXT, 'dev', '--port', `${port}`], {
    env: {
      ...nextEnvironment(variables),
      // The sandbox of `next dev` has byte arrays of its own, which do not get through to a Durable Object.
      AUTH_HASHER: variables.AUTH_HASHER?.trim() || 'inline',
      GATEHOUSE_DIST_DIR: distDir,
      ...(usesRedis ? {} : { GATEHOUSE_BINDINGS: configs.app, WRANGLER_REGISTRY_PATH: registry }),
    },
    hasToFinish: false, // asked to end, it starts a process that would outlive it, for its telemetry
    isNoise: (line) => /^\s*$|GET \/api\/health /.test(line),
  })

  if (companion) await crew.waitFor(companion, (status) => status > 0)
  await reportReady(crew, port, { variables, usesRedis }, data)
})

/**
 * A Redis that runs already will do.
 *
 * @param {Crew} crew
 * @param {string} data
 * @param {string} task for the hint
 */
async function findRedis(crew, data, task) {
  const port = redisPort()
  if (!(await answersPing(port))) return startLocalRedis(crew, port, data, task)
  console.log(`On the Redis that runs at port ${port}. One of its own: GATEHOUSE_REDIS_PORT=${port + 1} npm ${task}`)
}

/**
 * @param {Crew} crew
 * @param {string} config
 * @param {string} data
 * @param {string} registry
 * @returns {Promise<string>} an address that answers once its objects can be reached
 */
async function startCompanion(crew, config, data, registry) {
  rmSync(registry, { recursive: true, force: true })
  const port = await freePort()
  crew.start(
    'The store (wrangler dev)',
    [
      ...WRANGLER,
      'dev',
      '-c',
      config,
      '--ip',
      '127.0.0.1',
      '--port',
      `${port}`,
      ...wranglerOptions(join(data, 'durable')),
    ],
    { env: wranglerEnvironment(registry, {}), isNoise: () => true },
  )
  return `http://127.0.0.1:${port}/`
}

/**
 * The Wrangler files of app and companion with what there is in development only: the mailbox.
 *
 * @param {string} distDir
 * @returns {{ app: string, companion: string }} where they are
 */
function wranglerConfigs(distDir) {
  const [app, companion] = ['app', 'companion'].map((name) => join(ROOT, `${distDir}.${name}.toml`))
  const binding = '\n[[durable_objects.bindings]]\nname = "STORE_MAILBOX"\nclass_name = "MailboxObject"\n'
  const migration = '\n[[migrations]]\ntag = "mailbox"\nnew_sqlite_classes = ["MailboxObject"]\n'
  const worker = JSON.stringify(join(ROOT, 'lib', 'companion', 'worker.dev.ts'))
  const ofApp = readFileSync(join(ROOT, 'wrangler.toml'), 'utf8')
  const ofCompanion = readFileSync(join(ROOT, COMPANION), 'utf8').replace(/^main = .*$/m, () => `main = ${worker}`)
  writeFileSync(app, `${ofApp}${binding}script_name = "gatehouse-store"\n`)
  writeFileSync(companion, ofCompanion + binding + migration)
  return { app, companion }
}

/**
 * A build folder for each data folder, as two `next dev` cannot share one, and none that a production build uses. Next
 * gets a tsconfig.json to go with it, with what it would otherwise write into the project's.
 *
 * @param {string} data
 */
function nextFolder(data) {
  const isDefault = data === join(ROOT, '.gatehouse')
  const folder = isDefault
    ? DEFAULT_FOLDER
    : `.next-dev/${createHash('sha256').update(data).digest('hex').slice(0, 12)}`
  mkdirSync(join(ROOT, '.next-dev'), { recursive: true })
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: { paths: { '@/*': ['../*'] }, plugins: [{ name: 'next' }] },
    include: [`${folder}/types/**/*.ts`],
    exclude: [],
  }
  writeFileSync(join(ROOT, `${folder}.tsconfig.json`), `${JSON.stringify(config, null, 2)}\n`)
  return folder
}

/** Removes what `nextFolder` and `wranglerConfigs` made. @param {string} distDir */
async function removeFolder(distDir) {
  for (const end of ['', '.tsconfig.json', '.app.toml', '.companion.toml']) {
    await rm(join(ROOT, distDir + end), { recursive: true, force: true })
  }
}
