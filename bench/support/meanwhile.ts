import { type Client, gather, joinByTitle, type Prepare, run, someClients } from './load.ts'
import { quantile } from './statistics.ts'

/** A server that has two jobs at once: one that is watched, and one that keeps it busy. */
export interface BusySubject {
  title: string
  port: number
  watched: Prepare
  busy: Prepare
}

export interface Effort {
  /** Clients at once, of either job. */
  watching: number
  working: number
  rounds: number
  /** Milliseconds of a round. */
  time: number
}

/** A figure for each round. */
export interface Watched {
  title: string
  /** Milliseconds that the watched operations took. */
  medians: number[]
  p99s: number[]
  /** Operations of the busy job in a second. */
  rates: number[]
}

/** Measures, in alternating rounds, what one job has to bear from another that goes on meanwhile, without a pause. */
export async function measureMeanwhile(
  subjects: BusySubject[],
  { watching, working, rounds, time }: Effort,
): Promise<Watched[]> {
  const all: (Watched & { watchers: Client[]; workers: Client[] })[] = []
  for (const { title, port, watched, busy } of subjects) {
    const watchers = await someClients(port, watched, watching)
    const workers = await someClients(port, busy, working)
    all.push({ title, medians: [], p99s: [], rates: [], watchers, workers })
  }
  for (let round = 0; round < rounds; round++) {
    for (const { watchers, workers, medians, p99s, rates } of round % 2 === 0 ? all : all.toReversed()) {
      await gather([...watchers, ...workers])
      const start = performance.now()
      const [durations, rate] = await Promise.all([
        run(watchers, time),
        run(workers, time).then(({ length }) => (length * 1_000) / (performance.now() - start)),
      ])
      medians.push(quantile(durations, 0.5))
      p99s.push(quantile(durations, 0.99))
      rates.push(rate)
    }
  }
  for (const { connection } of all.flatMap(({ watchers, workers }) => [...watchers, ...workers])) connection.close()
  return all.map(({ title, medians, p99s, rates }) => ({ title, medians, p99s, rates }))
}

/** @param parts of several processes, whose rounds become those of one */
export function joinWatched(parts: Watched[][]): Watched[] {
  return joinByTitle(parts, (rows) => ({
    medians: rows.flatMap(({ medians }) => medians),
    p99s: rows.flatMap(({ p99s }) => p99s),
    rates: rows.flatMap(({ rates }) => rates),
  }))
}
