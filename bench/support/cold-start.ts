import { aConnection, request } from './connection.ts'
import type { CpuClock } from './cpu.ts'

/** A Worker that `workers/loader.ts` knows by this name, and what it is asked first. */
export interface ColdSubject {
  title: string
  worker: string
  headers: Record<string, string>
}

export interface ColdStarts {
  /** Milliseconds until the first answer, round by round. */
  durations: number[]
  /** Milliseconds of CPU until then, on average; null where the system does not tell. It goes by ticks, too long for one start. */
  cpu: number | null
}

/**
 * Measures, in alternating rounds, how long the first answer of a Worker takes, which is started for it.
 *
 * @param port of the loader
 * @param cpu of its workerd
 * @returns in the order of the subjects
 */
export async function measureColdStarts(
  port: number,
  cpu: CpuClock,
  subjects: ColdSubject[],
  rounds: number,
): Promise<ColdStarts[]> {
  const durations = subjects.map((): number[] => [])
  const seconds = subjects.map(() => 0)
  const { open, send, close } = aConnection(port)
  await open()
  for (let round = -1; round < rounds; round++) {
    const inTurn = [...subjects.entries()]
    for (const [index, { title, worker, headers }] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      const text = request('GET', '/check', { ...headers, 'x-worker': worker })
      const cpuBefore = cpu() ?? Number.NaN
      const start = performance.now()
      const { status, body } = await send(text)
      const duration = performance.now() - start
      if (status !== 200) throw new Error(`${title} answers ${status}: ${body}`)
      if (round < 0) continue // what the loader itself needs first is none of theirs
      durations[index]?.push(duration)
      seconds[index] = (seconds[index] ?? 0) + (cpu() ?? Number.NaN) - cpuBefore
    }
  }
  close()
  return durations.map((each, index) => {
    const milliseconds = ((seconds[index] ?? Number.NaN) * 1_000) / rounds
    return { durations: each, cpu: Number.isNaN(milliseconds) ? null : milliseconds }
  })
}
