/** `next start` and Wrangler as they are, for what the scripts before them would not let happen, or keep in one process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  COMPANION,
  NEXT,
  nextEnvironment,
  WRANGLER,
  wranglerEnvironment,
  wranglerOptions,
} from '../../scripts/lib/tools.mjs'
import { ROOT, type Settings } from './instances.ts'

export interface BareTool {
  /** The leader of a process group of its own. */
  child: ChildProcess
  output(): string
  stop(): Promise<void>
}

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 10_000

export function startNext(port: number, settings: Settings): BareTool {
  return start([...NEXT, 'start', '--port', `${port}`], nextEnvironment(settings))
}

/** The app, with the objects of a companion Worker that shares the registry, if there is one. */
export function startPages(port: number, folders: { data: string; registry: string }, settings: Settings): BareTool {
  return startWrangler(['pages', 'dev'], port, folders, settings)
}

export function startCompanion(
  port: number,
  folders: { data: string; registry: string },
  settings: Settings = {},
): BareTool {
  return startWrangler(['dev', '-c', COMPANION], port, folders, settings)
}

function startWrangler(
  command: string[],
  port: number,
  { data, registry }: { data: string; registry: string },
  settings: Settings,
): BareTool {
  const address = ['--ip', '127.0.0.1', '--port', `${port}`]
  return start([...WRANGLER, ...command, ...address, ...wranglerOptions(data)], wranglerEnvironment(registry, settings))
}

function start([file = '', ...args]: string[], env: NodeJS.ProcessEnv): BareTool {
  const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const killGroup = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL')
    } catch {
      // nobody is left
    }
  }
  process.once('exit', killGroup)
  return {
    child,
    output: () => output,
    async stop() {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null && child.kill('SIGTERM')) {
        await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })])
      }
      killGroup()
      process.off('exit', killGroup)
    },
  }
}

/** Waits for an answer whose status `isReady` accepts. */
export async function waitForAnswer(url: string, isReady = (_status: number) => true): Promise<void> {
  const deadline = Date.now() + READY_TIMEOUT_MS
  while (Date.now() < deadline) {
    const status = await fetch(url).then(
      (response) => response.status,
      () => 0,
    )
    if (status > 0 && isReady(status)) return
    await sleep(100)
  }
  throw new Error(`${url} was not ready in time`)
}
