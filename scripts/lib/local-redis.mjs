/** The local Redis of `npm run redis` and `npm run dev:redis`: its address, and how to start it. */
import { join } from 'node:path'
import { needRedis } from './packages.mjs'
import { Problem } from './problem.mjs'
import { claimData } from './settings.mjs'

export const TOKEN = 'local'
const DEFAULT_PORT = 8079
const PING_TIMEOUT_MS = 1_000

/** The port of its REST side: `GATEHOUSE_REDIS_PORT`, else 8079. */
export function redisPort() {
  const text = process.env.GATEHOUSE_REDIS_PORT?.trim() || `${DEFAULT_PORT}`
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  if (port < 1 || port > 65_535) {
    throw new Problem(`GATEHOUSE_REDIS_PORT must be a number from 1 to 65535, not "${text}".`)
  }
  return port
}

/** @param {number} port */
export function redisUrl(port) {
  return `http://127.0.0.1:${port}`
}

/** Tells whether a local Redis of ours answers there. @param {number} port */
export async function answersPing(port) {
  try {
    const answer = await fetch(redisUrl(port), {
      method: 'POST',
      headers: { authorization: `Bearer ${TOKEN}` },
      body: '["PING"]',
      signal: AbortSignal.timeout(PING_TIMEOUT_MS),
    })
    return answer.ok && /** @type {{ result?: unknown }} */ (await answer.json()).result === 'PONG'
  } catch {
    return false
  }
}

/**
 * Starts Redis and its REST side; both end with the crew.
 *
 * @param {import('./crew.mjs').Crew} crew
 * @param {number} port
 * @param {string} data
 * @param {string} task
 */
export async function startLocalRedis(crew, port, data, task) {
  needRedis()
  await claimData(data, 'redis', task)
  const { startRedis } = await import('../redis-server.mjs')
  const { startGateway } = await import('../redis-gateway.mjs')
  try {
    const redis = await startRedis({ dir: join(data, 'redis') })
    crew.onEnd(redis.stop)
    void redis.exited.then(() => crew.fail('Redis ended unexpectedly.'))
    const gateway = await startGateway({ redisPort: redis.port, port, token: TOKEN })
    crew.onEnd(gateway.close)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new Problem(`Port ${port} is taken. Try: GATEHOUSE_REDIS_PORT=${port + 1} npm ${task}`)
    }
    throw error
  }
}
