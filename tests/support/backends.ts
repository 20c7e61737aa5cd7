/** Runs once, in Node, before all tests: a Redis of their own behind Upstash's protocol, and servers that never answer. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { startRedis } from '../../scripts/redis-server.mjs'
import './provided-context.ts'

export default async function startBackends(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'gatehouse-test-'))
  const redis = await startRedis({ dir })
  const token = crypto.randomUUID()
  const gateway = await startGateway({ redisPort: redis.port, port: 0, token })
  const silent = await startSilentServer()
  const stalling = await startSilentServer(
    'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n[{',
  )
  project.provide('redis', { url: gateway.url, token })
  project.provide('silentUrl', silent.url)
  project.provide('stallingUrl', stalling.url)

  return async () => {
    silent.close()
    stalling.close()
    await gateway.close()
    await redis.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

/** @param start of each answer, after which nothing comes any more */
async function startSilentServer(start = ''): Promise<{ url: string; close(): void }> {
  const server = createServer((socket) => socket.on('error', () => {}).once('data', () => socket.write(start)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  server.unref()
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() }
}
