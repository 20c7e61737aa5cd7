import { createServer, type IncomingMessage, request as openRequest, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RedisBackend } from './redis-backend.ts'

/**
 * What happens to a request on the line: it passes; it waits before that, in milliseconds; it is cut off before it reaches the
 * store; it gets there, but the answer does not come back, or stops halfway; nobody ever answers.
 */
export type Fate = 'pass' | { delay: number } | 'cut' | 'lose answer' | 'stall' | 'hang'

/** A request that does nothing but read the list of revocations. */
const READING = /^\[+"zrange","[^"]*:revoked"/i

const POLL_MS = 5

/** The line between an instance and its Redis. It can be disturbed, and counts what travels on it. */
export interface RedisLine {
  /** What the instance takes for Upstash. */
  url: string
  token: string
  /** From now on requests, counted from 0 (without readings), meet this fate. Those that hang are let go. */
  behave(fate: Fate | ((index: number) => Fate)): void
  /** Refuses connections from now on, or takes them again. */
  refuse(refused: boolean): Promise<void>
  /**
   * Requests that were answered since the last call, and how many of them one after the other: each began when the one before
   * had been answered. For what is still on its way, nobody has waited.
   */
  takeTrips(): { requests: number; inSequence: number }
  /** How often the list of revocations was read since the last call: beside requests, so no trip of theirs. */
  takeReadings(): number
  /** Resolves once nothing has travelled for so long, in milliseconds: what goes on after an answer is over, too. */
  quiet(milliseconds: number): Promise<void>
  stop(): Promise<void>
}

export async function startRedisLine(backend: Pick<RedisBackend, 'url' | 'token'>): Promise<RedisLine> {
  let fateOf: (index: number) => Fate = () => 'pass'
  let fateOfReadings: Fate = 'pass'
  let index = 0
  let trips: { start: number; end: number }[] = []
  let readings = 0
  let underWay = 0
  let lastMoved = performance.now()
  const hanging = new Set<ServerResponse>()

  const server = createServer((request, response) => {
    meet(request, response).catch(() => response.destroy())
  })
  server.keepAliveTimeout = 120_000

  async function meet(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const trip = { start: performance.now(), end: Number.POSITIVE_INFINITY }
    underWay += 1
    response.once('close', () => {
      trip.end = performance.now()
      underWay -= 1
      lastMoved = trip.end
    })
    const body = Buffer.concat(await request.toArray())
    if (READING.test(body.toString('utf8'))) {
      readings += 1
      return carry(request, response, body, fateOfReadings)
    }
    trips.push(trip)
    await carry(request, response, body, fateOf(index++))
  }

  async function carry(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer<ArrayBuffer>,
    fate: Fate,
  ): Promise<void> {
    if (fate === 'cut') return void response.destroy()
    if (fate === 'hang') return void hanging.add(response)
    if (typeof fate === 'object') await sleep(fate.delay)
    const answer = await forward(request, body)
    if (fate === 'lose answer') return void response.destroy()
    response.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': answer.body.length })
    if (fate === 'stall') {
      response.write(answer.body.subarray(0, 2))
      return void hanging.add(response)
    }
    response.end(answer.body)
  }

  function forward({ url, method, headers }: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; body: Buffer }>((resolve, reject) => {
      const { host: _, 'transfer-encoding': __, ...others } = headers
      const options = { method, headers: { ...others, 'content-length': body.length } }
      const request = openRequest(backend.url + url, options, (answer) => {
        answer
          .toArray()
          .then((chunks) => resolve({ status: answer.statusCode ?? 502, body: Buffer.concat(chunks) }), reject)
      })
      request.once('error', reject)
      request.end(body)
    })
  }

  function letGo(): void {
    for (const response of hanging) response.destroy()
    hanging.clear()
  }

  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen(0)
  const address = server.address()
  if (typeof address !== 'object' || !address) throw new Error('no address')
  const { port } = address

  return {
    url: `http://127.0.0.1:${port}`,
    token: backend.token,
    behave(fate) {
      fateOf = typeof fate === 'function' ? fate : () => fate
      fateOfReadings = typeof fate === 'function' ? 'pass' : fate
      index = 0
      letGo()
    },
    async refuse(refused) {
      if (refused === !server.listening) return
      await (refused ? close() : listen(port))
    },
    takeTrips() {
      const answered = trips.filter(({ end }) => end < Number.POSITIVE_INFINITY)
      trips = []
      return { requests: answered.length, inSequence: longestSequence(answered) }
    },
    takeReadings() {
      const taken = readings
      readings = 0
      return taken
    },
    async quiet(milliseconds) {
      while (underWay > 0 || performance.now() - lastMoved < milliseconds) await sleep(POLL_MS)
    },
    async stop() {
      letGo()
      if (server.listening) await close()
    },
  }
}

function longestSequence(trips: { start: number; end: number }[]): number {
  let length = 0
  let end = Number.NEGATIVE_INFINITY
  for (const trip of trips.toSorted((a, b) => a.end - b.end)) {
    if (trip.start < end) continue
    length += 1
    end = trip.end
  }
  return length
}
