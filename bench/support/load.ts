import { aConnection, type Connection, type Send } from './connection.ts'

/** One operation, begun to end; throws when an answer is not what it should be. */
export type Operation = () => Promise<void>

/** Who is measured at a job. */
export interface Subject {
  title: string
  port: number
  /** Makes a client ready, which has its own account or session where the job needs one. */
  prepare(send: Send): Operation | Promise<Operation>
}

export interface Cell {
  /** Operations in a second: a figure for each round. */
  rates: number[]
  /** Milliseconds of CPU that one operation takes in workerd: likewise; empty where the system does not tell. */
  cpu: number[]
  /** Milliseconds that single operations took, over all rounds. */
  durations: number[]
}

export interface Measured {
  title: string
  alone: Cell
  /** With many clients at once. */
  crowded: Cell
}

export interface Effort {
  /** Clients at once. */
  crowd: number
  rounds: number
  /** Milliseconds, after which a client begins no further operation in a round. Each does one at least. */
  time: number
}

interface Ready {
  title: string
  connections: Connection[]
  operations: Operation[]
  alone: Cell
  crowded: Cell
}

/**
 * Measures subjects at one job, in alternating rounds, so that whatever else the machine does hits all alike: one client, then
 * a crowd of them, each with one operation after the other.
 *
 * @param cpu seconds of CPU used so far
 */
export async function measureLoad(
  subjects: Subject[],
  cpu: () => number | null,
  { crowd, rounds, time }: Effort,
): Promise<Measured[]> {
  const all: Ready[] = []
  for (const subject of subjects) all.push(await makeReady(subject, crowd))
  for (const { operations, connections } of all) {
    await openAll(connections)
    await run(operations, Math.min(time, 500)) // what is compiled on the way shall be
  }
  for (let round = 0; round < rounds; round++) {
    for (const { operations, connections, alone, crowded } of round % 2 === 0 ? all : all.toReversed()) {
      await openAll(connections.slice(0, 1))
      await measureRound(operations.slice(0, 1), time, cpu, alone)
      await openAll(connections)
      await measureRound(operations, time, cpu, crowded)
    }
  }
  for (const connection of all.flatMap(({ connections }) => connections)) connection.close()
  return all.map(({ title, alone, crowded }) => ({ title, alone, crowded }))
}

async function makeReady({ title, port, prepare }: Subject, crowd: number): Promise<Ready> {
  const connections = Array.from({ length: crowd }, () => aConnection(port))
  const operations: Operation[] = []
  for (const connection of connections) {
    await connection.open()
    operations.push(await prepare(connection.send))
  }
  return { title, connections, operations, alone: anEmptyCell(), crowded: anEmptyCell() }
}

async function openAll(connections: Connection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection.open()))
}

function anEmptyCell(): Cell {
  return { rates: [], cpu: [], durations: [] }
}

async function measureRound(operations: Operation[], time: number, cpu: () => number | null, cell: Cell) {
  const cpuBefore = cpu()
  const start = performance.now()
  const durations = await run(operations, time)
  const seconds = (performance.now() - start) / 1_000
  const cpuAfter = cpu()
  cell.rates.push(durations.length / seconds)
  cell.durations.push(...durations)
  if (cpuBefore !== null && cpuAfter !== null) cell.cpu.push(((cpuAfter - cpuBefore) * 1_000) / durations.length)
}

/** @returns milliseconds that each operation took */
async function run(operations: Operation[], time: number): Promise<number[]> {
  const end = performance.now() + time
  const durations = await Promise.all(
    operations.map(async (operation) => {
      const own: number[] = []
      do {
        const start = performance.now()
        await operation()
        own.push(performance.now() - start)
      } while (performance.now() < end)
      return own
    }),
  )
  return durations.flat()
}

export function median(numbers: number[]): number {
  return quantile(numbers, 0.5)
}

export function quantile(numbers: number[], part: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN
}

/** How far rounds lie apart: half the way between the quartiles, as a part of their median. */
export function spread(numbers: number[]): number {
  return (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / 2 / median(numbers)
}
