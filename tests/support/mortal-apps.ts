/** The built app over a store that is killed, again and again, and comes back with the same data. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { freePort, startRedis } from '../../scripts/redis-server.mjs'
import { makeDataFolder, type Settings, startInstance, type Target } from './instances.ts'
import { processTree } from './processes.ts'

export interface MortalApp {
  url: string
  /** Kills what holds the data, in the middle of whatever it does (SIGKILL). */
  kill(): Promise<void>
  /** Starts it anew, with the same data; resolves when it answers. */
  revive(): Promise<void>
  stop(): Promise<void>
}

const POLL_MS = 25
const READY_TIMEOUT_MS = 20_000

/** @param target workerd is killed as a whole, the app with its objects; of `next start`, its Redis (`appendfsync always`) */
export function startMortalApp(target: Target, settings: Settings): Promise<MortalApp> {
  return /Redis/.test(target) ? startOnRedis(target, settings) : startOnObjects(target, settings)
}

async function startOnObjects(target: Target, settings: Settings): Promise<MortalApp> {
  const data = makeDataFolder()
  const port = await freePort()
  const start = () => startInstance(target, { data, port, settings })
  let instance = await start()
  return {
    url: instance.url,
    async kill() {
      const all = processTree(instance.pid)
      for (const { pid } of all) killIfThere(pid)
      while (all.some(({ pid }) => isThere(pid))) await sleep(POLL_MS)
    },
    async revive() {
      instance = await start()
    },
    async stop() {
      await instance.stop()
      rmSync(data, { recursive: true, force: true })
    },
  }
}

async function startOnRedis(target: Target, settings: Settings): Promise<MortalApp> {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'))
  const port = await freePort()
  let redis = await startRedis({ dir, port })
  const token = crypto.randomUUID()
  const gateway = await startGateway({ redisPort: port, port: 0, token })

  async function command(...parts: string[]): Promise<string | null> {
    const headers = { authorization: `Bearer ${token}` }
    const answer = await fetch(gateway.url, { method: 'POST', headers, body: JSON.stringify(parts) })
    return answer.ok ? JSON.stringify(await answer.json()) : null
  }
  async function makeDurable(): Promise<void> {
    const deadline = Date.now() + READY_TIMEOUT_MS
    while (!(await command('CONFIG', 'SET', 'appendfsync', 'always'))) {
      if (Date.now() > deadline) throw new Error('Redis was not ready in time')
      await sleep(POLL_MS)
    }
  }
  async function stopRedis(): Promise<void> {
    await gateway.close()
    await redis.stop()
    rmSync(dir, { recursive: true, force: true })
  }

  await makeDurable()
  const instance = await startInstance(target, { settings, redis: { url: gateway.url, token } }).catch(
    async (error) => {
      await stopRedis()
      throw error
    },
  )
  return {
    url: instance.url,
    async kill() {
      const [, pid] = /process_id:(\d+)/.exec((await command('INFO', 'server')) ?? '') ?? []
      process.kill(Number(pid), 'SIGKILL')
      await redis.exited
    },
    async revive() {
      redis = await startRedis({ dir, port })
      await makeDurable()
    },
    async stop() {
      await instance.stop()
      await stopRedis()
    },
  }
}

function killIfThere(pid: number): void {
  if (isThere(pid)) process.kill(pid, 'SIGKILL')
}

function isThere(pid: number): boolean {
  return processTree(pid).length > 0
}
