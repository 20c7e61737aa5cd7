import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import type { Table } from '../bench/support/table.ts'
import { aMember, type Member } from '../tests/http/support/app.ts'
import { type Garbage, someGarbage } from '../tests/http/support/garbage.ts'
import { directUrl } from '../tests/support/app-process.ts'
import { anAddress, send } from '../tests/support/client.ts'
import { PROFILES, RAISED_LIMITS, startInstance, TARGETS, type Target } from '../tests/support/instances.ts'
import { isLost } from './support/lost.ts'
import { gaugesOf, inMebibytes, MEBIBYTE } from './support/memory.ts'
import './support/provided-context.ts'

/** 200,000 in ten minutes' worth. */
const REQUESTS_PER_MINUTE = 20_000
/** Between two looks at the memory. */
const BATCH = 500
/** Requests at once. */
const WIDTH = 20
/** Below this a heap has not found its size, and nothing is judged. */
const ENOUGH_REQUESTS = 100_000
/** How much more at the end than in the middle counts as flat: whichever is more. */
const FLAT = { factor: 1.1, bytes: 2 * MEBIBYTE }
const PATIENCE_MS = 15_000
/** What an isolate gets on Cloudflare: one that needs more is ended, here with all of workerd. Without it, V8 collects late. */
const ISOLATE_LIMIT = { MINIFLARE_WORKERD_V8_FLAGS: '--max-old-space-size=128' }
const SETTINGS = { ...PROFILES.default, ...RAISED_LIMITS, ...ISOLATE_LIMIT }

it('the memory of an app that is sent garbage', async ({ task }) => {
  const runs = []
  for (const target of TARGETS) runs.push(await sendGarbage(target, inject('minutes') * REQUESTS_PER_MINUTE))
  const table: Table = {
    title: 'Memory under garbage (MiB)',
    columns: ['', 'requests', 'at first', 'in the middle', 'at the end', 'most', 'flat', '503', 'lost'],
    rows: runs.flatMap(({ requests, held, unavailable, lost }) =>
      held.map(({ title, memory, isOurs }) => {
        const shown = [memory.first, memory.middle, memory.last, memory.most].map(inMebibytes)
        const judged = requests < ENOUGH_REQUESTS ? 'too short to tell' : verdict(memory, isOurs)
        return [title, requests, ...shown, judged, unavailable, lost]
      }),
    ),
  }
  task.meta.table = table
  for (const { target, requests, held, undocumented, unavailable, lost } of runs) {
    expect(undocumented, `${target}: every answer is a documented one`).toEqual([])
    expect(unavailable, `${target}: the store is hardly ever too slow`).toBeLessThan(requests / 1_000)
    expect(lost, `${target}: hardly any is lost on the way`).toBeLessThan(requests / 100)
    for (const { title, memory, isOurs } of held) {
      expect(memory.last, title).toBeGreaterThan(0)
      expect(requests < ENOUGH_REQUESTS || !isOurs || isFlat(memory), `${title} stays flat`).toBe(true)
    }
  }
})

interface Memory {
  /** Bytes: medians of a fifth of the run each. */
  first: number
  middle: number
  last: number
  most: number
}

function verdict(memory: Memory, isOurs: boolean): string {
  if (!isOurs) return 'not judged'
  return isFlat(memory) ? 'yes' : 'no'
}

function isFlat({ middle, last }: Memory): boolean {
  return last <= Math.max(middle * FLAT.factor, middle + FLAT.bytes)
}

async function sendGarbage(target: Target, requests: number) {
  const app = await startInstance(target, { settings: SETTINGS })
  try {
    // Past wrangler's proxy, which grows with each request, and is not there in production.
    const url = await directUrl(app)
    const [member, kept] = [await aMember({ url }), await aMember({ url })]
    const gauges = gaugesOf(target, app, url).map((gauge) => ({ ...gauge, samples: [] as number[] }))
    const undocumented: string[] = []
    let [unavailable, lost] = [0, 0]
    const seed = Date.now()
    for (let sent = 0; sent < requests; sent += BATCH) {
      const batch = fc.sample(someGarbage, { numRuns: BATCH, seed: seed + sent })
      const ask = async (): Promise<void> => {
        for (let garbage = batch.pop(); garbage; garbage = batch.pop()) {
          const status = await statusOf(url, garbage, { member, kept })
          if (status === null) lost += 1
          else if (isDocumented(garbage, status)) continue
          else if (status === 503) unavailable += 1
          else undocumented.push(`${status} (seed ${seed}): ${JSON.stringify(garbage)}`)
        }
      }
      await Promise.all(Array.from({ length: WIDTH }, ask))
      for (const { samples, read } of gauges) samples.push(await read())
    }
    const held = gauges.map(({ title, isOurs, samples }) => ({ title, isOurs, memory: summarise(samples) }))
    return { target, requests, held, undocumented, unavailable, lost }
  } finally {
    await app.stop()
  }
}

function summarise(samples: number[]): Memory {
  const fifth = (from: number) => {
    const part = samples.slice(Math.floor((samples.length * from) / 5), Math.ceil((samples.length * (from + 1)) / 5))
    return part.sort((a, b) => a - b)[Math.floor(part.length / 2)] ?? 0
  }
  return { first: fifth(0), middle: fifth(2), last: fifth(4), most: Math.max(...samples) }
}

/** @returns null when the answer was lost on the way, or never came */
async function statusOf(url: string, garbage: Garbage, who: { member: Member; kept: Member }): Promise<number | null> {
  const { method, path, headers, body, isBinary, isChunked } = garbage
  const fill = (text: string) => text.replace(/\{([\w:]+)\}/g, (whole, name: string) => wordFor(name, who) ?? whole)
  const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)])
  const asking = send(url + fill(path), {
    method,
    headers: { 'cf-connecting-ip': anAddress(), ...Object.fromEntries(filled) },
    ...(body === null ? {} : { body: Buffer.from(fill(body), isBinary ? 'latin1' : 'utf8'), chunked: isChunked }),
  }).catch(() => null)
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), PATIENCE_MS)
  })
  const answer = await Promise.race([asking, patience])
  clearTimeout(timer)
  return answer === null || isLost(answer.status, answer.text) ? null : answer.status
}

/** What a word in braces stands for. */
function wordFor(name: string, { member, kept }: { member: Member; kept: Member }): string | undefined {
  const [owner, kind, spoilt] = name.split(':')
  if (kind === 'access' || kind === 'refresh') {
    const token = (owner === 'kept' ? kept : member).cookies.get(kind) ?? ''
    const middle = Math.floor(token.length / 2)
    if (spoilt === 'cut') return token.slice(0, middle)
    return spoilt ? `${token.slice(0, middle)}A${token.slice(middle)}` : token
  }
  const words: Record<string, string | undefined> = {
    newAddress: `${crypto.randomUUID()}@example.com`,
    address: kept.email,
    // Not the members' own, with which they would be deleted.
    password: 'anybody may know this',
    user: member.signedUp.user.id,
    session: member.signedUp.session.id,
    keptSession: kept.signedUp.session.id,
    adminUser: kept.signedUp.user.id,
    token: 'A'.repeat(43),
    refreshToken: member.cookies.get('refresh'),
  }
  return words[name]
}

function isDocumented({ allowed, isMalformed, path, headers }: Garbage, status: number): boolean {
  // Next, or its host, refuses such requests before anything of ours is asked.
  if (isMalformed && status === 400) return true
  if (status === 431 && path.length + JSON.stringify(headers).length > 10_000) return true
  return allowed.includes(status)
}
