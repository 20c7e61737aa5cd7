import fc from 'fast-check'
import { expect, inject, it } from 'vitest'
import type { Table } from '../bench/support/table.ts'
import { aMember, type Member } from '../tests/http/support/app.ts'
import { type Garbage, someGarbage } from '../tests/http/support/garbage.ts'
import { anAddress, send } from '../tests/support/client.ts'
import { PROFILES, RAISED_LIMITS, startInstance, TARGETS, type Target } from '../tests/support/instances.ts'
import { isLost } from './support/lost.ts'
import { inMebibytes, memoryOf } from './support/memory.ts'
import './support/provided-context.ts'

/** 200,000 in ten minutes' worth. */
const REQUESTS_PER_MINUTE = 20_000
const BATCH = 200
/** Requests at once. */
const WIDTH = 20
/** Below this a heap has not found its size, and nothing is judged. */
const ENOUGH_REQUESTS = 100_000
/** How much more at the end than in the middle counts as flat: whichever is more. */
const FLAT = { factor: 1.1, bytes: 32 * 1_024 ** 2 }
const PATIENCE_MS = 15_000
const SETTINGS = { ...PROFILES.default, ...RAISED_LIMITS }

it('the memory of an app that is sent garbage', async ({ task }) => {
  const runs = []
  for (const target of TARGETS) runs.push(await sendGarbage(target, inject('minutes') * REQUESTS_PER_MINUTE))
  const table: Table = {
    title: 'Memory under garbage (MiB, resident)',
    columns: ['', 'requests', 'at first', 'in the middle', 'at the end', 'most', 'flat', 'undocumented', '503', 'lost'],
    rows: runs.map(({ target, requests, memory, undocumented, unavailable, lost }) => {
      const shown = [memory.first, memory.middle, memory.last, memory.most].map(inMebibytes)
      const verdict = requests < ENOUGH_REQUESTS ? 'too short to tell' : isFlat(memory) ? 'yes' : 'no'
      return [target, requests, ...shown, verdict, undocumented.length, unavailable, lost]
    }),
  }
  task.meta.table = table
  for (const { target, requests, memory, undocumented, unavailable, lost } of runs) {
    expect(undocumented, `${target}: every answer is a documented one`).toEqual([])
    expect(unavailable, `${target}: the store is hardly ever too slow`).toBeLessThan(requests / 1_000)
    expect(lost, `${target}: hardly any is lost on the way`).toBeLessThan(requests / 100)
    expect(memory.last, target).toBeGreaterThan(0)
    expect(requests < ENOUGH_REQUESTS || isFlat(memory), `${target}: memory stays flat`).toBe(true)
  }
})

interface Memory {
  /** Bytes: medians of a fifth of the run each. */
  first: number
  middle: number
  last: number
  most: number
}

function isFlat({ middle, last }: Memory): boolean {
  return last <= Math.max(middle * FLAT.factor, middle + FLAT.bytes)
}

async function sendGarbage(target: Target, requests: number) {
  const app = await startInstance(target, { settings: SETTINGS })
  try {
    const [member, kept] = [await aMember(app), await aMember(app)]
    const samples: number[] = []
    const undocumented: string[] = []
    let [unavailable, lost] = [0, 0]
    const seed = Date.now()
    for (let sent = 0; sent < requests; sent += BATCH) {
      const batch = fc.sample(someGarbage, { numRuns: BATCH, seed: seed + sent })
      const ask = async (): Promise<void> => {
        for (let garbage = batch.pop(); garbage; garbage = batch.pop()) {
          const status = await statusOf(app.url, garbage, { member, kept })
          if (status === null) lost += 1
          else if (isDocumented(garbage, status)) continue
          else if (status === 503) unavailable += 1
          else undocumented.push(`${status} (seed ${seed}): ${JSON.stringify(garbage)}`)
        }
      }
      await Promise.all(Array.from({ length: WIDTH }, ask))
      samples.push(memoryOf(app.pid))
    }
    return { target, requests, memory: summarise(samples), undocumented, unavailable, lost }
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
