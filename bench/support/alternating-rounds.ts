import { median, quantile } from './statistics.ts'

export interface Timing {
  /** Milliseconds an operation takes: the median of the rounds. */
  median: number
  /** Milliseconds that one operation in a hundred takes longer than. */
  p99: number
}

/** Operations of one subject in a round, at most. The clock of Workers goes by whole milliseconds, their mean does not. */
const ROUND = 20
const MOST_ROUNDS = 30
const FEWEST_ROUNDS = 5
/** Milliseconds, after which a subject begins no further operation in its round, and no further round begins. */
const ROUND_TIME = 500
const TIME = 10_000

/**
 * Measures subjects that are to be compared: in rounds, in turn, so that whatever else the machine does hits all alike. Each
 * operation follows the one before.
 */
export async function measureInTurn(subjects: (() => Promise<unknown>)[]): Promise<Timing[]> {
  const durations = subjects.map((): number[][] => [])
  const start = performance.now()
  for (let round = 0; round < MOST_ROUNDS; round++) {
    if (round >= FEWEST_ROUNDS && performance.now() - start > TIME) break
    const inTurn = [...subjects.entries()]
    for (const [index, subject] of round % 2 === 0 ? inTurn : inTurn.toReversed()) {
      durations[index]?.push(await timeEach(subject))
    }
  }
  return durations.map((rounds) => ({ median: median(rounds.map(mean)), p99: quantile(rounds.flat(), 0.99) }))
}

async function timeEach(operation: () => Promise<unknown>): Promise<number[]> {
  const durations: number[] = []
  const end = performance.now() + ROUND_TIME
  do {
    const start = performance.now()
    await operation()
    durations.push(performance.now() - start)
  } while (durations.length < ROUND && performance.now() < end)
  return durations
}

function mean(numbers: number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length
}
