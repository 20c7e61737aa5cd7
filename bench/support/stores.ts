/**
 * The stores of a run, in a process of their own, so that what they cost is nobody's CPU: a Redis behind Upstash's protocol,
 * and for peers and floors a store of records that answers each call by one HTTP request, from memory. Says by IPC where they are.
 */
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { startRedisBackend } from '../../tests/support/redis-backend.ts'

/** Long enough that what is asked together is seen to be on its way together. */
const COUNTING_DELAY_MS = 30

type Row = Record<string, unknown>

/** What Better Auth asks of a database. */
interface Condition {
  field: string
  value: unknown
}

const values = new Map<string, unknown>()
const tables = new Map<string, Set<Row>>()
/** Rows by model, field and value: a database would have these indexes. */
const index = new Map<string, Set<Row>>()
const INDEXED = ['id', 'email', 'token', 'userId']

let isCounting = false
let requests = 0
let inSequence = 0
let underWay = 0

const server = createServer((request, response) => {
  const answer = async () => {
    const call = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'))
    if (call.do === 'count trips') return countTrips(call.isOn)
    requests += 1
    if (underWay === 0) inSequence += 1
    underWay += 1
    if (isCounting) await sleep(COUNTING_DELAY_MS)
    underWay -= 1
    return perform(call)
  }
  answer().then(
    (value) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value ?? null)),
    (error) => response.writeHead(500).end(String(error)),
  )
})
server.keepAliveTimeout = 600_000

/** Starts over. Tells how many requests there were since the last call, and how many of them one after the other. */
function countTrips(isOn: boolean) {
  const counted = { requests, inSequence }
  requests = 0
  inSequence = 0
  isCounting = isOn
  return counted
}

function perform(call: { do: string; key: string; value: unknown } & Records): unknown {
  switch (call.do) {
    case 'nothing':
      return []
    case 'get':
      return values.get(call.key)
    case 'set':
      return void values.set(call.key, call.value)
    case 'remove':
      return values.delete(call.key)
    case 'scan':
      return [...values].filter(([key]) => key.startsWith(call.key))
    default:
      return performOnRecords(call)
  }
}

interface Records {
  do: string
  model: string
  where: Condition[]
  data: Row
  update: Row
  join?: Record<string, { on: { from: string; to: string }; relation: string }>
}

function performOnRecords({ do: operation, model, where, data, update, join }: Records): unknown {
  if (operation === 'create') {
    add(model, data)
    return data
  }
  const rows = find(model, where ?? [])
  switch (operation) {
    case 'findOne':
      return rows[0] && joined(rows[0], join)
    case 'findMany':
      return rows.map((row) => joined(row, join))
    case 'count':
      return rows.length
    case 'update':
    case 'updateMany':
      for (const row of rows) {
        remove(model, row)
        add(model, Object.assign(row, update))
      }
      return operation === 'update' ? rows[0] : rows.length
    case 'delete':
      for (const row of rows) remove(model, row)
      return rows.length
    default:
      throw new Error(`Nobody knows how to ${operation}`)
  }
}

function joined(row: Row, join: Records['join'] = {}): Row {
  const others = Object.entries(join).map(([model, { on, relation }]) => {
    const found = find(model, [{ field: on.to, value: row[on.from] }])
    return [model, relation === 'one-to-one' ? (found[0] ?? null) : found]
  })
  return { ...row, ...Object.fromEntries(others) }
}

function find(model: string, where: Condition[]): Row[] {
  const named = where.find(({ field }) => INDEXED.includes(field))
  const rows = named ? index.get(place(model, named.field, named.value)) : tables.get(model)
  return [...(rows ?? [])].filter((row) => where.every(({ field, value }) => row[field] === value))
}

function add(model: string, row: Row): void {
  for (const key of [model, ...places(model, row)]) {
    const map = key === model ? tables : index
    const rows = map.get(key) ?? new Set()
    map.set(key, rows.add(row))
  }
}

function remove(model: string, row: Row): void {
  tables.get(model)?.delete(row)
  for (const key of places(model, row)) index.get(key)?.delete(row)
}

function places(model: string, row: Row): string[] {
  return INDEXED.flatMap((field) => (field in row ? place(model, field, row[field]) : []))
}

function place(model: string, field: string, value: unknown): string {
  return `${model} ${field} ${value}`
}

const redis = await startRedisBackend()
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = server.address()
if (typeof address !== 'object' || !address) throw new Error('no address')
process.send?.({ redis: { url: redis.url, token: redis.token }, records: `http://127.0.0.1:${address.port}` })

process.once('disconnect', async () => {
  await redis.stop()
  process.exit()
})
