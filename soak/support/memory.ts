import { appProcess } from '../../tests/support/app-process.ts'
import type { Instance, Target } from '../../tests/support/instances.ts'
import { listeningPorts, residentMemory } from '../../tests/support/processes.ts'

export const MEBIBYTE = 1_024 ** 2

/** The Workers of the app, by the names of their Wrangler files, and what each is. */
const WORKERS = { gatehouse: 'the app', 'gatehouse-store': 'its objects' }
const PATIENCE_MS = 2_000
const BEAT_MS = 20

type Started = Pick<Instance, 'pid' | 'port'>

/** Something that holds memory. */
export interface Gauge {
  title: string
  /** Bytes. */
  read(): Promise<number>
  /** Whether it is there in production as it is here. */
  isOurs: boolean
}

/**
 * The process that runs the app; of workerd, which runs tools of its own beside it, also the heap of each Worker.
 *
 * @param url where the app answers
 */
export function gaugesOf(target: Target, app: Started, url: string): Gauge[] {
  const isWorkerd = target.startsWith('workerd')
  const heaps = Object.entries(WORKERS).map(([name, what]) => {
    return { title: `${target}: heap of ${what}`, read: () => heapOf(app, name, url), isOurs: true }
  })
  const whole = { title: `${target}: the process`, read: async () => memoryOf(app), isOurs: !isWorkerd }
  return [...(isWorkerd ? heaps : []), whole]
}

/** Bytes that the process holds which runs the app. */
export function memoryOf(app: Started): number {
  return residentMemory(appProcess(app))
}

export function inMebibytes(bytes: number): number {
  return Math.round(bytes / MEBIBYTE)
}

/** Bytes that a Worker's isolate uses after a collection, buffers included, by workerd's inspector (Chrome DevTools Protocol). */
async function heapOf(app: Started, worker: string, url: string, tries = 3): Promise<number> {
  const socket = await openInspector(app, worker)
  // An isolate attends to its inspector when it has something to do.
  const beat = setInterval(() => fetch(`${url}/api/health`).then((answer) => answer.text(), String), BEAT_MS)
  try {
    await call(socket, 1, 'HeapProfiler.collectGarbage')
    const usage = await call(socket, 2, 'Runtime.getHeapUsage')
    return ['usedSize', 'embedderHeapUsedSize', 'backingStorageSize'].reduce(
      (sum, part) => sum + Number(usage[part]),
      0,
    )
  } catch (error) {
    if (tries === 1) throw error
  } finally {
    clearInterval(beat)
    socket.close()
  }
  return heapOf(app, worker, url, tries - 1) // the first that asks is not heard
}

async function openInspector(app: Started, worker: string): Promise<WebSocket> {
  for (const port of listeningPorts(appProcess(app))) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/core:user:${worker}`)
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.onopen = () => resolve(true)
      socket.onerror = () => resolve(false)
    })
    if (isOpen) return socket
  }
  throw new Error(`No inspector tells of ${worker}`)
}

function call(socket: WebSocket, id: number, method: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`The inspector does not answer ${method}`)), PATIENCE_MS)
    socket.addEventListener('message', ({ data }) => {
      const answer = JSON.parse(String(data))
      if (answer.id !== id) return
      clearTimeout(timer)
      if (answer.result) resolve(answer.result)
      else reject(new Error(`The inspector refuses ${method}`))
    })
    socket.send(JSON.stringify({ id, method }))
  })
}
