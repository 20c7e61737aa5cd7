/** Random schedules: what clients, thief, network, store and clocks do, step by step. Each step fits any state, so that they shrink. */
import fc from 'fast-check'
import type { Client, End, Fault, Forgery } from './service.ts'

/** The same schedules in each run, so that what is red stays red; another finds others. */
export const SEED = 20_261_121

/** Who presents tokens: the clients, and the thief. */
export type Holder = Client | 'thief'

/** What becomes of a request and its answer. `held`: still under way, until a later step delivers it. */
export type Fate = 'answered' | 'answer lost' | 'answer held' | 'request held'

export type Action =
  /** One exchange. `twice`: the network keeps a copy of the request, too. */
  | { do: 'ask'; holder: Holder; fate: Fate; twice: boolean; fault: Fault }
  /** Tabs at once; the answers come in any order. */
  | { do: 'ask at once'; client: Client; tabs: number; last: number }
  /** What has been under way for some time arrives. `twice`: and once more later. */
  | { do: 'deliver'; which: number; fate: Exclude<Fate, 'request held'>; twice: boolean; fault: Fault }
  | { do: 'steal'; client: Client }
  | { do: 'end'; how: End; client: Client; fault: Fault }
  /** Tabs ask while the session is being logged out. */
  | { do: 'race with logout'; client: Client; tabs: number }
  | { do: 'copy' | 'fail over' }
  | { do: 'forge'; client: Client; forgery: Forgery }

/** Seconds that pass before, and how far the clock that sees it is off. */
export type Step = Action & { wait: number; skew: number }

/** How far a clock may be off, in seconds. */
export const MAX_SKEW = 5

const client = fc.constantFrom<Client[]>(0, 0, 0, 1)
const fault = fc.constantFrom<Fault[]>('none', 'none', 'none', 'none', 'none', 'none', 'before', 'after')
const rarely = fc.constantFrom(false, false, false, false, true)
const wait = fc.constantFrom(0, 0, 0, 1, 4, 9, 20, 29, 31, 31, 45, 605, 605, 620, 3_600)
const skew = fc.integer({ min: -MAX_SKEW, max: MAX_SKEW })

const ask = (holder: fc.Arbitrary<Holder>) =>
  fc.record({
    do: fc.constant('ask' as const),
    holder,
    fate: fc.constantFrom<Fate[]>('answered', 'answered', 'answered', 'answer lost', 'answer held', 'request held'),
    twice: rarely,
    fault,
  })
const askAtOnce = fc.record({
  do: fc.constant('ask at once' as const),
  client,
  tabs: fc.integer({ min: 2, max: 8 }),
  last: fc.nat(7),
})
const deliver = fc.record({
  do: fc.constant('deliver' as const),
  which: fc.nat(5),
  fate: fc.constantFrom<Exclude<Fate, 'request held'>[]>('answered', 'answered', 'answer lost', 'answer held'),
  twice: rarely,
  fault,
})
const steal = fc.record({ do: fc.constant('steal' as const), client })
const end = fc.record({
  do: fc.constant('end' as const),
  how: fc.constantFrom<End[]>('logout', 'logout', 'others', 'everywhere', 'password', 'disable', 'enable', 'delete'),
  client,
  fault,
})
const race = fc.record({ do: fc.constant('race with logout' as const), client, tabs: fc.integer({ min: 1, max: 3 }) })
const store = fc.record({ do: fc.constantFrom('copy' as const, 'fail over' as const) })
const forge = fc.record({
  do: fc.constant('forge' as const),
  client,
  forgery: fc.record({
    change: fc.constantFrom(
      'character' as const,
      'number' as const,
      'session' as const,
      'length' as const,
      'key' as const,
    ),
    at: fc.nat(120),
  }),
})

function steps(...actions: { arbitrary: fc.Arbitrary<Action>; weight: number }[]): fc.Arbitrary<Step[]> {
  const step = fc.tuple(fc.oneof(...actions), wait, skew).map(([action, wait, skew]) => ({ ...action, wait, skew }))
  return fc.array(step, { minLength: 3, maxLength: 22, size: 'max' })
}

const clients = [
  { arbitrary: ask(client), weight: 10 },
  { arbitrary: askAtOnce, weight: 3 },
  { arbitrary: deliver, weight: 5 },
  { arbitrary: store, weight: 2 },
  { arbitrary: forge, weight: 1 },
]
const thief = [
  { arbitrary: steal, weight: 2 },
  { arbitrary: ask(fc.constant('thief')), weight: 7 },
]
const ends = [
  { arbitrary: end, weight: 2 },
  { arbitrary: race, weight: 1 },
]

/** Of people alone, with a thief, with log-outs and the like, and with all of it. */
export const schedules = fc.oneof(
  steps(...clients),
  steps(...clients, ...thief),
  steps(...clients, ...ends),
  steps(...clients, ...thief, ...ends),
)
