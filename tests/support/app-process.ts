/** Of all that an instance has started, the process that runs the app: what is there in production. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Instance } from './instances.ts'
import { listeningPorts, processTree } from './processes.ts'

const NAMES = ['workerd', 'next-server']
const PATIENCE_MS = 15_000
const ANSWER_MS = 3_000
const POLL_MS = 50

type Started = Pick<Instance, 'pid' | 'port'>

/**
 * Its id. The proxy of `wrangler pages dev` is a workerd too: the one at the instance's own port.
 *
 * @throws {Error} when there is none
 */
export function appProcess({ pid, port }: Started): number {
  const named = processTree(pid).filter(({ name }) => NAMES.some((each) => name.startsWith(each)))
  const app = named.find(({ name, pid }) => name !== 'workerd' || !listeningPorts(pid).includes(port))
  if (!app) throw new Error('No process runs the app')
  return app.pid
}

/**
 * Where the app answers with no proxy before it; elsewhere than on Linux, which tells, with it.
 *
 * @throws {Error} when it answers at none of its ports
 */
export async function directUrl(app: Started & Pick<Instance, 'url'>): Promise<string> {
  if (process.platform !== 'linux') return app.url
  const deadline = Date.now() + PATIENCE_MS
  do {
    for (const port of listeningPorts(appProcess(app))) {
      const url = `http://127.0.0.1:${port}`
      if (await isHealthy(url)) return url
    }
    await sleep(POLL_MS)
  } while (Date.now() < deadline)
  throw new Error('The app answers at none of its ports')
}

async function isHealthy(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(ANSWER_MS) })).ok
  } catch {
    return false // a port for something else
  }
}
