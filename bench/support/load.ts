import { aConnection, type Connection, type Send } from './connection.ts'
import type { CpuClock } from './cpu.ts'

/** One operation, begun to end; throws when an answer is not what it should be. */
export type Operation = () => Promise<void>

/** An operation that uses something up: `fill` makes it ready for `count` of them before each round, which is not timed. */
export interface Stocked {
  count: number
  fill(): Promise<void>
  operation: Operation
}

/** Makes a client ready, which has its own account or session where the job needs one. */
export type Prepare = (send: Send) => Operation | Stocked | Promise<Operation | Stocked>

/** Who is measured at a job. */
export interface Subject {
  title: string
  port: number
  cpu: CpuClock
  prepare: Prepare
}

export interface Cell {
  /** Operations in a second: a figure for each round. */
  rates: number[]
  /** Milliseconds of CPU that one operation takes its server: likewise; empty where the system does not tell. */
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

export interface Client extends Stocked {
  connection: Connection
}

interface Ready {
  title: string
  cpu: CpuClock
  clients: Client[]
  alone: Cell
  crowded: Cell
}

/** What is compiled on the way shall be: the more code there is, the longer that takes. */
const WARM_UP_MS = 2_000

/**
 * Measures subjects at one job, in alternating rounds, so that whatever else the machine does hits all alike: one client, then
 * a crowd of them, each with one operation after the other.
 */
export async function measureLoad(subjects: Subject[], { crowd, rounds, time }: Effort): Promise<Measured[]> {
  const all: Ready[] = []
  for (const subject of subjects) all.push(await makeReady(subject, crowd))
  for (const { clients } of all) await warmUp(clients)
  for (let round = 0; round < rounds; round++) {
    for (const { clients, cpu, alone, crowded } of round % 2 === 0 ? all : all.toReversed()) {
      await measureRound(clients.slice(0, 1), time, cpu, alone)
      await measureRound(clients, time, cpu, crowded)
    }
  }
  for (const { connection } of all.flatMap(({ clients }) => clients)) connection.close()
  return all.map(({ title, alone, crowded }) => ({ title, alone, crowded }))
}

/** @param parts of several processes, whose rounds become those of one */
export function joinLoads(parts: Measured[][]): Measured[] {
  return joinByTitle(parts, (rows) => ({
    alone: joinCells(rows.map(({ alone }) => alone)),
    crowded: joinCells(rows.map(({ crowded }) => crowded)),
  }))
}

/** Each title of the first of `parts` once, with what `join` makes of all its rows. */
export function joinByTitle<Row extends { title: string }>(
  parts: Row[][],
  join: (rows: Row[]) => Omit<Row, 'title'>,
): (Omit<Row, 'title'> & { title: string })[] {
  return (parts[0] ?? []).map(({ title }) => {
    return { title, ...join(parts.flatMap((rows) => rows.filter((row) => row.title === title))) }
  })
}

function joinCells(cells: Cell[]): Cell {
  return {
    rates: cells.flatMap(({ rates }) => rates),
    cpu: cells.flatMap(({ cpu }) => cpu),
    durations: cells.flatMap(({ durations }) => durations),
  }
}

/** What uses something up is stocked again meanwhile: it takes as many operations as the rest to be compiled. */
async function warmUp(clients: Client[]): Promise<void> {
  let left = WARM_UP_MS
  while (left > 0) {
    await gather(clients)
    const start = performance.now()
    await run(clients, left)
    left -= performance.now() - start
  }
}

async function makeReady({ title, port, cpu, prepare }: Subject, crowd: number): Promise<Ready> {
  const clients = await someClients(port, prepare, crowd)
  return { title, cpu, clients, alone: anEmptyCell(), crowded: anEmptyCell() }
}

/** Their connections may be closed meanwhile: `gather` opens them anew. */
export async function someClients(port: number, prepare: Prepare, count: number): Promise<Client[]> {
  const clients: Client[] = []
  while (clients.length < count) clients.push(await aClient(port, prepare))
  return clients
}

async function aClient(port: number, prepare: Prepare): Promise<Client> {
  const connection = aConnection(port)
  await connection.open()
  const prepared = await prepare(connection.send)
  if ('fill' in prepared) return { ...prepared, connection }
  return { operation: prepared, count: Number.POSITIVE_INFINITY, fill: async () => {}, connection }
}

/** Makes them ready for a round. */
export async function gather(clients: Client[]): Promise<void> {
  await Promise.all(clients.map(({ connection }) => connection.open()))
  await Promise.all(clients.map(({ fill }) => fill()))
}

function anEmptyCell(): Cell {
  return { rates: [], cpu: [], durations: [] }
}

async function measureRound(clients: Client[], time: number, clock: CpuClock, cell: Cell): Promise<void> {
  await gather(clients)
  const before = clock()
  const start = performance.now()
  const durations = await run(clients, time)
  const seconds = (performance.now() - start) / 1_000
  const after = clock()
  cell.rates.push(durations.length / seconds)
  cell.durations.push(...durations)
  if (before !== null && after !== null) cell.cpu.push(((after - before) * 1_000) / durations.length)
}

/** @returns milliseconds that each operation took */
export async function run(clients: Pick<Client, 'operation' | 'count'>[], time: number): Promise<number[]> {
  const end = performance.now() + time
  const durations = await Promise.all(
    clients.map(async ({ operation, count }) => {
      const own: number[] = []
      do {
        const start = performance.now()
        await operation()
        own.push(performance.now() - start)
      } while (own.length < count && performance.now() < end)
      return own
    }),
  )
  return durations.flat()
}
