/**
 * The app in workerd, with the companion Worker that is home to its Durable Objects in a process of its own: `npm run preview`
 * has both in one, where nobody can stop the one without the other.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import { type BareTool, startCompanion, startPages, waitForAnswer } from './bare-tools.ts'
import { makeDataFolder, type Settings } from './instances.ts'

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

/** Process ids, on Linux. */
function processesOfGroup(group: number | undefined): number[] {
  const stats = readdirSync('/proc').flatMap((name) => {
    try {
      return /^\d+$/.test(name) ? [readFileSync(`/proc/${name}/stat`, 'utf8')] : []
    } catch {
      return [] // it has just ended
    }
  })
  // proc_pid_stat(5): pid (command) state parent group …; a command may hold anything but ends with the last parenthesis
  return stats
    .filter((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]) === group)
    .map((stat) => Number.parseInt(stat, 10))
}
