import { showPath } from './settings.mjs'

/**
 * Runs a task's main function. A `Problem` is printed without a stack, and ends the process with exit code 1.
 *
 * @param {() => Promise<void>} main
 */
export async function runTask(main) {
  try {
    await main()
  } catch (error) {
    console.error(error instanceof Error && error.name === 'Problem' ? error.message : error)
    process.exit(1)
  }
}

/** A store may take a moment longer than the app to come up. */
const STORE_PATIENCE_MS = 5_000

/**
 * Waits until the app on `port` answers, and says so; the address comes last.
 *
 * @param {import('./crew.mjs').Crew} crew
 * @param {number} port
 * @param {{ variables: Record<string, string>, usesRedis: boolean }} settings
 * @param {string} data
 */
export async function reportReady(crew, port, { variables, usesRedis }, data) {
  const health = `http://127.0.0.1:${port}/api/health`
  await crew.waitFor(health, (status) => status > 0)
  const status = await crew.waitFor(health, (answer) => answer === 200, STORE_PATIENCE_MS)
  if (status !== 200 && status !== 503) return crew.fail(`The app does not work: GET /api/health answers ${status}.`)
  crew.ready()
  console.log(
    usesRedis ? `Store: Redis at ${redisOrigin(variables)}` : `Store: Durable Objects, data in ${showPath(data)}`,
  )
  if (status === 503) console.log('The store does not answer. Until it does, the app answers 503.')
  console.log('Ctrl-C ends everything.')
  console.log(`Ready: http://localhost:${port}`)
}

/** @param {Record<string, string>} variables */
function redisOrigin(variables) {
  return new URL(variables.UPSTASH_REDIS_REST_URL?.trim() || variables.KV_REST_API_URL || '').origin
}
