/** `npm run redis`: a local Redis that speaks Upstash's REST protocol. */
import { join } from 'node:path'
import { Crew } from './lib/crew.mjs'
import { answersPing, redisPort, redisUrl, startLocalRedis, TOKEN } from './lib/local-redis.mjs'
import { Problem } from './lib/problem.mjs'
import { dataFolder, showPath } from './lib/settings.mjs'
import { runTask } from './lib/task.mjs'

await runTask(async () => {
  const port = redisPort()
  if (await answersPing(port)) throw new Problem(`A local Redis runs on ${redisUrl(port)} already.`)
  const data = dataFolder()
  const crew = new Crew()
  await startLocalRedis(crew, port, data, 'run redis')
  console.log(`Redis is ready, with its data in ${showPath(join(data, 'redis'))}. Ctrl-C ends it.`)
  console.log(`UPSTASH_REDIS_REST_URL=${redisUrl(port)}`)
  console.log(`UPSTASH_REDIS_REST_TOKEN=${TOKEN}`)
})
