import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { startRedis } from '../../scripts/redis-server.mjs'

export interface RedisBackend {
  url: string
  token: string
  /** Port of Redis itself, behind the gateway. */
  redisPort: number
  stop(): Promise<void>
}

/**
 * A Redis of one's own behind Upstash's protocol.
 *
 * @param folder keeps its data; default: one that goes with it
 */
export async function startRedisBackend(folder?: string): Promise<RedisBackend> {
  const dir = folder ?? mkdtempSync(join(tmpdir(), 'gatehouse-redis-'))
  const redis = await startRedis({ dir })
  const token = crypto.randomUUID()
  const gateway = await startGateway({ redisPort: redis.port, port: 0, token })
  return {
    url: gateway.url,
    token,
    redisPort: redis.port,
    async stop() {
      await gateway.close()
      await redis.stop()
      if (!folder) rmSync(dir, { recursive: true, force: true })
    },
  }
}
