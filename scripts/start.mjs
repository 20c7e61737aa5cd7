/** `npm start`: `next start` on Redis, as Vercel would run it. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Crew } from './lib/crew.mjs'
import { Problem } from './lib/problem.mjs'
import { dataFolder, readPort, readSettings } from './lib/settings.mjs'
import { ROOT } from './lib/setup.mjs'
import { reportReady, runTask } from './lib/task.mjs'
import { NEXT, nextEnvironment } from './lib/tools.mjs'

const DEFAULT_PORT = 3000

await runTask(async () => {
  const port = await readPort(DEFAULT_PORT, 'start')
  const settings = await readSettings('production')
  if (!settings.usesRedis) {
    throw new Problem(
      'npm start needs Redis: set UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN, or run `npm run redis` in another terminal and set the two that it prints.',
    )
  }
  if (!existsSync(join(ROOT, '.next', 'BUILD_ID'))) throw new Problem('There is no build yet. First: npm run build')

  const crew = new Crew()
  console.log('Starting …')
  crew.start('next start', [...NEXT, 'start', '--port', `${port}`], {
    env: nextEnvironment(settings.variables),
    isNoise: (line) => line.trim() === '',
  })
  await reportReady(crew, port, settings, dataFolder())
})
