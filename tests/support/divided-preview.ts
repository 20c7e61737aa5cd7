/**
 * The app in workerd, with the companion Worker that is home to its Durable Objects in a process of its own: `npm run preview`
 * has both in one, where nobody can stop the one without the other.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import { type BareTool, startCompanion, startPages, waitForAnswer } from './bare-tools.ts'
import { makeDataFolder, type Settings } from './instances.ts'
import { processesOfGroup } from './processes.ts'

export interface DividedPreview {
  url: string
  /** Halts the objects, and lets them go on: meanwhile whoever calls one waits. */
  haltObjects(halted: boolean): void
  /** Ends the process of the objects. */
  endObjects(): Promise<void>
  /** Starts it anew, with the same data. */
  startObjects(): Promise<void>
  stop(): Promise<void>
}

export async function startDividedPreview(settings: Settings): Promise<DividedPreview> {
  const folder = makeDataFolder()
  const folders = { data: join(folder, 'durable'), registry: join(folder, 'registry', 'preview') }
  const port = await freePort()
  const health = `http://127.0.0.1:${port}/api/health`
  const tools: { companion?: BareTool; app?: BareTool } = {}

  async function startObjects(): Promise<void> {
    const companionPort = await freePort()
    tools.companion = startCompanion(companionPort, folders)
    await waitForAnswer(`http://127.0.0.1:${companionPort}/`)
  }
  const endObjects = async () => tools.companion?.stop()
  async function stop(): Promise<void> {
    await tools.app?.stop()
    await endObjects()
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await startObjects()
    const variables = { ...(await makeKeys()), ...settings }
    tools.app = startPages(port, { ...folders, data: join(folder, 'app') }, variables)
    await waitForAnswer(health, (status) => status === 200)
  } catch (error) {
    await stop()
    throw new Error(`${error}\n${tools.companion?.output()}\n${tools.app?.output()}`)
  }

  return {
    url: `http://127.0.0.1:${port}`,
    haltObjects(halted) {
      for (const pid of processesOfGroup(tools.companion?.child.pid)) process.kill(pid, halted ? 'SIGSTOP' : 'SIGCONT')
    },
    endObjects,
    async startObjects() {
      await startObjects()
      await waitForAnswer(health, (status) => status === 200)
    },
    stop,
  }
}
