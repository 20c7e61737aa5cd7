import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { type MailRecorder, startMailRecorder } from '../support/mail-recorder.ts'
import { type MortalApp, startMortalApp } from '../support/mortal-apps.ts'
import type { Fate } from '../support/redis-line.ts'
import { FLOWS, type Flow, type Ground, type Prepared } from './support/flows.ts'
import { type DisturbedGround, groundAt, groundSettings, type Lane, startLane } from './support/ground.ts'
import { expectProblem } from './support/promises.ts'

/** Later than any other answer, and sooner than the deadline. */
const LATE: Fate = { delay: 300 }
/** Work goes on at once after an answer. It is over when there has been nothing on the line for so long. */
const QUIET_MS = 60
const PATIENCE_MS = 10_000
const POLL_MS = 10
const RENEWED = [
  ['access', true],
  ['refresh', true],
]
/** Some flows have been answered by then, most have not. */
const KILL_MS = 150
/** A flow waits for its turn, too. */
const TIMEOUT_MS = 240_000

describe('When a call to Redis is cut, lost, late or never answered,', { timeout: TIMEOUT_MS }, () => {
  let lanes: Awaited<ReturnType<typeof startLane>>[] = []
  let free: Lane[] = []
  beforeAll(async () => {
    const next = 'next start with Redis'
    lanes = await Promise.all([startLane(next), startLane(next), startLane(next, 'workerd with Redis')])
    free = [...lanes]
  })
  afterAll(async () => {
    await Promise.all(lanes.map((lane) => lane.stop()))
  })

  it.concurrent.each(FLOWS)('nothing is half done, and it is possible $name', async (flow) => {
    const { ground, giveBack } = await takeGround(flow)
    try {
      await countCalls(ground, flow) // by now Redis knows the scripts
      const counts = [await countCalls(ground, flow), await countCalls(ground, flow)]
      // What came of the flow before may have taken its time, and been counted.
      const [all, beforeAnswer] = [leastOf(counts, 'all'), leastOf(counts, 'beforeAnswer')]
      for (let index = 0; index < beforeAnswer; index++) {
        await disturb(ground, flow, 'cut', index)
        await disturb(ground, flow, 'lose answer', index)
      }
      // After the answer nobody minds that one is lost, and where no more than a notice comes of it, not which.
      const end = flow.mailsLater ? all : Math.min(all, beforeAnswer + 1)
      for (let index = beforeAnswer; index < end; index++) await disturb(ground, flow, 'cut', index)
      await disturb(ground, flow, LATE)
      // Each takes the whole deadline, so only one: the last that the answer waits for, which is the step that counts.
      await disturb(ground, flow, 'hang', beforeAnswer - 1)
    } finally {
      giveBack()
    }
  })

  async function takeGround({ provesFirst }: Flow): Promise<{ ground: DisturbedGround; giveBack(): void }> {
    for (;;) {
      const lane = free.find(({ provingFirst }) => !provesFirst || provingFirst)
      const ground = provesFirst ? lane?.provingFirst : lane?.open
      if (!lane || !ground) {
        await sleep(10)
        continue
      }
      free = free.filter((each) => each !== lane)
      return { ground, giveBack: () => void free.push(lane) }
    }
  }
})

describe('When the Workers runtime is killed with its Durable Objects', { timeout: TIMEOUT_MS }, () => {
  let recorder: MailRecorder
  let app: MortalApp
  let ground: Ground
  beforeAll(async () => {
    recorder = await startMailRecorder()
    app = await startMortalApp('workerd with Durable Objects', groundSettings(recorder))
    ground = groundAt(app.url, recorder)
  })
  afterAll(async () => {
    await app?.stop()
    await recorder?.stop()
  })

  it('in the middle of everything at once, nothing is half done, and all can be repeated', async () => {
    const attempts = []
    for (const flow of FLOWS.filter(({ provesFirst }) => !provesFirst)) attempts.push(await attempt(flow, ground))
    const acting = Promise.all(attempts.map(({ act }) => act().catch(() => null)))
    await sleep(KILL_MS)
    await app.kill()
    const answers = await acting
    await app.revive()

    expect(answers, 'something has met its end').toContain(null)
    for (const [i, { expectMended }] of attempts.entries()) await expectMended(answers[i] ?? null, {})
  })
})

/** How often a flow calls the store when all goes well. */
interface CallCount {
  all: number
  beforeAnswer: number
}

function leastOf(counts: CallCount[], which: keyof CallCount): number {
  return Math.min(...counts.map((count) => count[which]))
}

async function countCalls(ground: DisturbedGround, flow: Flow): Promise<CallCount> {
  const { act, expectMended } = await attempt(flow, ground)
  await ground.line.quiet(QUIET_MS)
  let all = 0
  ground.line.behave((index) => {
    all = index + 1
    return 'pass'
  })
  const answer = await act()
  const beforeAnswer = all
  await ground.line.quiet(QUIET_MS)
  ground.line.behave('pass')
  await expectMended(answer, { isLossless: true })
  return { all, beforeAnswer }
}

/** @param index of the call that meets the fate; without it, each does */
async function disturb(ground: DisturbedGround, flow: Flow, fate: Fate, index?: number): Promise<void> {
  const { line } = ground
  try {
    const { act, expectMended } = await attempt(flow, ground)
    await line.quiet(QUIET_MS)
    let isMet = false
    line.behave((each) => {
      if (each !== (index ?? each)) return 'pass'
      isMet = true
      return fate
    })
    const answer = await act()
    for (const end = Date.now() + PATIENCE_MS; !isMet; await sleep(POLL_MS)) {
      expect(Date.now(), 'there is such a call').toBeLessThan(end)
    }
    await line.quiet(QUIET_MS)
    line.behave('pass')
    await expectMended(answer, { isLossless: typeof fate === 'object', isUndone: fate === 'cut' && index === 0 })
  } catch (error) {
    throw new Error(`Call ${index ?? 'by call'}, ${JSON.stringify(fate)}: ${error}`, { cause: error })
  } finally {
    line.behave('pass')
  }
}

interface Course {
  /** Every call has been answered in time. */
  isLossless?: boolean
  /** Nothing has reached the store. */
  isUndone?: boolean
}

/** A flow, prepared, and what has to hold after its answer. */
async function attempt(flow: Flow, ground: Ground) {
  const prepared = await flow.prepare(ground)
  const cookies = new Map(prepared.client.cookies)
  return {
    act: prepared.act,
    expectMended: async (answer: Answer | null, course: Course) => {
      try {
        await expectMended(flow, prepared, cookies, answer, course)
      } catch (error) {
        throw new Error(`${flow.name}: ${error}`, { cause: error })
      }
    },
  }
}

/** @param answer null: the connection broke before there was one */
async function expectMended(
  { success, repeated, mailsLater, renewsFirst }: Flow,
  { client, act, isDone, goOn = act }: Prepared,
  cookies: Map<string, string>,
  answer: Answer | null,
  { isLossless = false, isUndone = false }: Course,
): Promise<void> {
  const isSuccess = answer?.status === success
  expect(isSuccess && isUndone, 'what has not happened is no success').toBe(false)
  if (!isSuccess) {
    expect(isLossless, `answered with ${answer?.status}: ${answer?.text.slice(0, 300)}`).toBe(false)
    if (answer) expectUnavailable(answer)
    const setCookies = answer?.setCookies ?? []
    if (!renewsFirst || setCookies.length === 0) expect(client.cookies).toEqual(cookies)
    else expect(setCookies.map(({ name, value }) => [name, value !== ''])).toEqual(RENEWED)
  }

  if (isSuccess && (isLossless || !mailsLater)) return expectDone(isDone)
  if (await isDone()) expect(repeated).toContain((await act()).status)
  else {
    const next = await (isUndone ? act() : goOn())
    expect(next.status, `the next try: ${next.text.slice(0, 300)}`).toBe(success)
  }
  await expectDone(isDone)
}

function expectUnavailable(answer: Answer): void {
  if (answer.header('content-type')?.startsWith('text/html')) {
    expect(answer.status).toBe(503)
    expect(Number(answer.header('retry-after'))).toBeGreaterThan(0)
  } else expectProblem(answer, 503, 'store_unavailable')
}

/** Mails take a moment. */
async function expectDone(isDone: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  while (!(await isDone())) {
    expect(Date.now(), 'it is done in time').toBeLessThan(deadline)
    await sleep(QUIET_MS)
  }
}
