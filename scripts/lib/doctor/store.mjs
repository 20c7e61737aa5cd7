/** The store: within reach, near, and not to forget anything. */
import { companionVersion } from '../companion.mjs'
import { fine, note, unchecked, wrong } from './report.mjs'
import { describe, NoAnswer } from './site.mjs'

const ROUNDS = 7
/** A region next door takes some milliseconds, another continent a hundred and more. */
const FAR_MS = 60
const TIMEOUT_MS = 5_000

/** @typedef {import('./report.mjs').Finding} Finding */
/** @typedef {import('./site.mjs').Site} Site */
/** @typedef {'redis' | 'durable-objects'} Kind */

/**
 * @typedef {object} StoreReport
 * @property {Finding[]} findings
 * @property {Kind | null} kind null: out of reach
 * @property {string | null} companion what the app tells of the companion Worker's version
 * @property {number} trip milliseconds to the deployment and back, no store asked
 * @property {number} storeTrip milliseconds from there to its store and back
 */

/**
 * @param {Site} site
 * @returns {Promise<StoreReport>}
 */
export async function checkStore(site) {
  const health = await site.ask('/api/health')
  const kind = health.status === 200 ? health.json?.store : null
  if (kind !== 'redis' && kind !== 'durable-objects') {
    const remedy =
      health.status === 503
        ? 'Upstash: is the database there, and are UPSTASH_REDIS_REST_URL and its token right? Durable Objects: npm run deploy:cloudflare deploys the Worker that is home to them.'
        : 'The log of the deployment tells why; a setting that is wrong is named there.'
    return {
      findings: [wrong('Store', `/api/health answers ${describe(health)}`, remedy)],
      kind: null,
      companion: null,
      trip: 0,
      storeTrip: 0,
    }
  }
  const name = kind === 'redis' ? 'Redis' : 'Durable Objects'
  const trips = []
  const storeTrips = []
  for (let round = 0; round < ROUNDS; round++) {
    trips.push((await site.ask('/api/auth/session')).milliseconds)
    storeTrips.push((await site.ask('/api/health')).milliseconds)
  }
  const trip = median(trips)
  const storeTrip = Math.max(0, median(storeTrips) - trip)
  const text = `${Math.round(storeTrip)} ms from the app and back (${Math.round(trip)} ms from here to the app)`
  const near =
    storeTrip <= FAR_MS
      ? fine('Store round trip', text)
      : note(
          'Store round trip',
          `${text}: a log-in takes two`,
          kind === 'redis'
            ? 'Put the database into the region where the functions run (Vercel: the functions into its region), or take a global one.'
            : 'An object stays where it was first asked for: who signs up far from here is nearer to theirs.',
        )
  const companion = health.headers.get('gatehouse-companion')
  return { findings: [fine('Store', `${name}, and it answers`), near], kind, companion, trip, storeTrip }
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

/**
 * @param {Kind} kind
 * @param {{ url: string, token: string } | null} redis its credentials, where they are known
 * @returns {Promise<Finding>}
 */
export async function checkDurability(kind, redis) {
  const title = 'Durability'
  if (kind === 'durable-objects') return fine(title, 'Durable Objects answer once data is on several disks')
  if (!redis)
    return unchecked(title, 'what Redis keeps is not seen from outside; with its two variables here it is asked')
  const answer = await configOf(redis).catch((error) => new NoAnswer(error.message, { cause: error }))
  if (answer instanceof NoAnswer) {
    return wrong(title, `Redis cannot be asked from here: ${answer.message}`, 'Are its two variables right?')
  }
  if (answer === null) {
    return unchecked(
      title,
      'this Redis does not tell. Upstash keeps all on disk; see that Eviction is off in its console',
    )
  }
  const policy = answer.get('maxmemory-policy')
  if (policy !== 'noeviction') {
    return wrong(
      title,
      `maxmemory-policy is ${policy}: when memory runs out, accounts, sessions and limits vanish without a word`,
      'Set it to noeviction (Upstash: Eviction off), and watch the memory.',
    )
  }
  if (answer.get('appendonly') !== 'yes') {
    return wrong(
      title,
      'appendonly is off: a restart takes back sign-ups and changes of password',
      'Set appendonly yes, and appendfsync everysec or always.',
    )
  }
  const sync = answer.get('appendfsync')
  if (sync === 'no')
    return note(title, 'appendfsync is no: a crash may take back half a minute', 'Set it to everysec or always.')
  return fine(title, `on disk ${sync === 'always' ? 'before it answers' : 'within a second'}, nothing is evicted`)
}

/**
 * @param {{ url: string, token: string }} redis
 * @returns {Promise<Map<unknown, unknown> | null>} null: it does not know the command, or keeps it to itself
 * @throws {Error} when it is out of reach, or refuses the token
 */
async function configOf({ url, token }) {
  const commands = ['maxmemory-policy', 'appendonly', 'appendfsync'].map((name) => ['CONFIG', 'GET', name])
  const response = await fetch(`${url}/pipeline`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(commands),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  if (!response.ok) throw new Error(`it answers ${response.status}`)
  const answers = /** @type {{ result?: unknown }[]} */ (await response.json())
  const pairs = answers.flatMap(({ result: pair }) => (Array.isArray(pair) && pair.length === 2 ? [pair] : []))
  return pairs.length === commands.length ? new Map(pairs.map(([name, value]) => [name, value])) : null
}

/**
 * Whether the Worker that is home to the Durable Objects has the code of this checkout, and the app gets at its objects.
 *
 * @param {Site} site
 * @param {{ kind: Kind, companion: string | null }} report
 * @returns {Promise<Finding>}
 */
export async function checkCompanion(site, { kind, companion }) {
  const title = 'Companion Worker'
  if (kind === 'redis')
    return unchecked(title, 'accounts live in Redis, and where passwords are hashed is not seen from outside')
  const own = companionVersion()
  if (companion !== own) {
    return wrong(
      title,
      explainVersion(companion, own),
      site.isLocal
        ? 'Start it again, from this checkout: npm run preview, or npm run dev.'
        : 'Deploy it, and after it the app, from this checkout: npm run deploy:cloudflare',
    )
  }
  // The youngest object that can be asked for nothing: a link that was never made.
  const answer = await site.ask('/api/auth/email/verify', { json: { token: 'A'.repeat(43) } })
  return answer.json?.code === 'invalid_link'
    ? fine(title, `${own}, as in this checkout; its objects answer`)
    : wrong(
        title,
        `${own}, as in this checkout, but its object for links answers ${describe(answer)}`,
        'Does the app have all bindings of wrangler.toml? npm run deploy:cloudflare deploys it with them.',
      )
}

/**
 * @param {string | null} companion
 * @param {string} own
 */
function explainVersion(companion, own) {
  if (companion === null) return 'its version is not told: it, or the app, is older than this checkout'
  if (companion === 'unknown') return 'it does not know its version: Wrangler was run by hand'
  return `it is ${companion}, and this checkout has ${own}: the app may call what it lacks`
}
