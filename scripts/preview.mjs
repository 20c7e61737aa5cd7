/**
 * `npm run preview`: the production build in the local Workers runtime, with the companion Worker beside it; on Redis where
 * the Upstash variables are set. `--no-build` or `SKIP_BUILD=1` takes the build that is there.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { buildPages, hasPagesBuild } from './lib/build.mjs'
import { Crew } from './lib/crew.mjs'
import { Problem } from './lib/problem.mjs'
import { claimData, dataFolder, readPort, readSettings } from './lib/settings.mjs'
import { reportReady, runTask } from './lib/task.mjs'
import { COMPANION, WRANGLER, wranglerEnvironment, wranglerOptions } from './lib/tools.mjs'

const DEFAULT_PORT = 8788
const TASK = 'run preview'

await runTask(async () => {
  const port = await readPort(DEFAULT_PORT, TASK)
  const settings = await readSettings('production')
  const data = dataFolder()
  await claimData(data, 'durable', TASK)

  if (!process.argv.includes('--no-build') && !process.env.SKIP_BUILD) await buildPages()
  else if (!hasPagesBuild()) throw new Problem('There is no build yet: npm run preview')

  const crew = new Crew()
  console.log('Starting …')
  const registry = join(data, 'registry', 'preview')
  rmSync(registry, { recursive: true, force: true })
  const configs = ['-c', 'wrangler.toml', '-c', COMPANION]
  const options = wranglerOptions(join(data, 'durable'))
  crew.start('wrangler pages dev', [...WRANGLER, 'pages', 'dev', ...configs, '--port', `${port}`, ...options], {
    env: wranglerEnvironment(registry, settings.variables),
    isNoise: (line) => line.trim() === '' || / GET \/api\/health /.test(line),
  })
  await reportReady(crew, port, settings, data)
})
