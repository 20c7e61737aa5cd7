/** How long users wait, by reckoning: counted round trips times published latencies. Assumptions are told in docs/latency.md. */
import { it } from 'vitest'
import '../support/table.ts'

/** Milliseconds there and back. */
type Milliseconds = number

/** From a browser to the edge beside it, on a connection that is open. */
const TO_EDGE: Milliseconds = 20
/** From the edge to a data centre of the same region, the work there included. */
const NEAR: Milliseconds = 15
/** What a store takes for its own part, where the way is counted apart. */
const STORE_WORK: Milliseconds = 1
/** 600,000 iterations: "the bare hash" of docs/benchmarks.md, rounded up. */
const HASH: Milliseconds = 110

/** Round trips one after the other (tests/budgets/round-trips.test.ts). */
const TRIPS = { login: 2, refresh: 1 }
/** Of a log-in on Durable Objects: the address's object asks the account's, which was made near it. */
const INNER_TRIPS = 1

/** To N. Virginia, from where users are taken to be. */
const PLACES: { place: string; toVirginia: Milliseconds; objects: Milliseconds }[] = [
  { place: 'North America (N. California)', toVirginia: 72, objects: NEAR },
  { place: 'South America (São Paulo)', toVirginia: 120, objects: 120 + STORE_WORK },
  { place: 'Europe (Frankfurt)', toVirginia: 89, objects: NEAR },
  { place: 'Asia (Singapore)', toVirginia: 217, objects: NEAR },
  { place: 'Oceania (Sydney)', toVirginia: 230, objects: NEAR },
]

const COLUMNS = ['users in', 'Upstash, one region', 'Upstash Global', 'Durable Objects']

it('log-in, milliseconds', ({ task }) => {
  const wait = (trip: Milliseconds, inner = 0) => TO_EDGE + TRIPS.login * trip + inner + HASH
  const rows = PLACES.map(({ place, toVirginia, objects }) => {
    const far = wait(toVirginia + STORE_WORK)
    return [place, far, far, wait(objects, INNER_TRIPS * NEAR)]
  })
  task.meta.table = { title: task.name, columns: COLUMNS, rows }
})

it('refresh, milliseconds', ({ task }) => {
  const wait = (trip: Milliseconds) => TO_EDGE + TRIPS.refresh * trip
  const rows = PLACES.map(({ place, toVirginia, objects }) => {
    const far = wait(toVirginia + STORE_WORK)
    return [place, far, far, wait(objects)]
  })
  task.meta.table = { title: task.name, columns: COLUMNS, rows }
})

it('a request of somebody who is signed in, milliseconds', ({ task }) => {
  const rows = PLACES.map(({ place, toVirginia }) => [place, TO_EDGE, TO_EDGE + toVirginia + STORE_WORK])
  const columns = ['users in', 'by signature', 'with one trip to N. Virginia']
  task.meta.table = { title: task.name, columns, rows }
})
