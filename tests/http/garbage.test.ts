import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, anAddress, send } from '../support/client.ts'
import { PROFILES, RAISED_LIMITS, TARGETS } from '../support/instances.ts'
import { type Administered, startAdministered } from './support/administered.ts'
import { aMember, anEmail, aVisitor, type Member } from './support/app.ts'
import { type Garbage, someGarbage } from './support/garbage.ts'
import { expectPromisesKept } from './support/promises.ts'

/** The same requests in each run, so that what is red stays red; another finds others. */
const SEED = 20_261_121
const BATCHES = 128
/** Requests at once. */
const BATCH = 20
/** Of each host. */
const AT_LEAST = 2_500

/** The password of an account that anybody may log in to. Those who send the garbage have another: it would delete them. */
const OPEN_PASSWORD = 'anybody may know this'

describe.each(TARGETS)('Garbage (%s)', (target) => {
  let app: Administered
  /** Their tokens are only sent altered. */
  let kept: Member
  let senders: Member[]
  /** What the words in braces stand for. */
  let words: Record<string, () => string>
  beforeAll(async () => {
    app = await startAdministered(target, { ...PROFILES.default, ...RAISED_LIMITS })
    const { admin } = app
    const member = await aMember(app)
    kept = await aMember(app)
    senders = [member, admin]
    const address = anEmail()
    const open = await aVisitor(app).post('/api/auth/signup', { email: address, password: OPEN_PASSWORD })
    words = {
      newAddress: anEmail,
      address: () => address,
      password: () => OPEN_PASSWORD,
      user: () => open.json.user.id,
      session: () => open.json.session.id,
      keptSession: () => kept.signedUp.session.id,
      adminUser: () => admin.signedUp.user.id,
      token: () => 'A'.repeat(43),
      refreshToken: () => member.cookies.get('refresh') ?? '',
      ...wordsForTokens({ member, admin, kept }),
    }
  })
  afterAll(() => app?.stop())

  const fill = (text: string) => text.replace(/\{([\w:]+)\}/g, (whole, name: string) => words[name]?.() ?? whole)

  function ask({ method, path, headers, body, isBinary, isChunked }: Garbage): Promise<Answer> {
    const filled = Object.entries(headers).map(([name, value]) => [name, fill(value)])
    return send(app.url + fill(path), {
      method,
      headers: { 'cf-connecting-ip': anAddress(), ...Object.fromEntries(filled) },
      ...(body === null ? {} : { body: Buffer.from(fill(body), isBinary ? 'latin1' : 'utf8'), chunked: isChunked }),
    })
  }

  it('is answered as documented, whatever it is, and takes nobody’s session', async () => {
    const seen: number[] = []
    let lost = 0
    // What shrinking leaves out becomes null.
    const aBatch = fc.array(fc.option(someGarbage, { freq: 1_000 }), { minLength: BATCH, maxLength: BATCH })
    const isAnswered = fc.asyncProperty(aBatch, async (batch) => {
      const garbages = batch.filter((garbage) => garbage !== null)
      await Promise.all(
        garbages.map(async (garbage) => {
          const answer = await answered(
            () => ask(garbage),
            () => lost++,
          )
          seen.push(answer.status)
          expectDocumented(garbage, answer, app.url)
        }),
      )
    })
    // In time to tell of a failure, with the seed, before the test is over.
    await fc.assert(isAnswered, { seed: SEED, numRuns: BATCHES, interruptAfterTimeLimit: 150_000 })

    expect(seen.length).toBeGreaterThan(AT_LEAST)
    expect(lost, 'hardly any is lost on the way').toBeLessThan(AT_LEAST / 100)
    expect(seen, 'much gets further than the door').toEqual(
      expect.arrayContaining([200, 204, 303, 307, 401, 403, 404, 405, 415, 422]),
    )
    expect((await kept.get('/api/me')).json).toEqual(kept.signedUp.user)
    expect((await kept.post('/api/auth/refresh')).status).toBe(200)
    for (const sender of senders) expect((await sender.get('/api/me')).status).toBe(200)
    expect((await aVisitor(app).get('/api/health')).json.status).toBe('ok')
  }, 180_000)
})

function expectDocumented(garbage: Garbage, answer: Answer, url: string): void {
  const { status, text } = answer
  // Next, or its host, refuses such a path with a 400 of its own before anything of ours is asked.
  if (garbage.isMalformed && status === 400) return
  // Nor does Node hand on more than 16 KiB of path and header fields.
  if (status === 431 && garbage.path.length + JSON.stringify(garbage.headers).length > 10_000) return
  // Two dots may lead out of the API.
  const { pathname } = new URL(url + garbage.path)
  const isApi = /^\/api\//.test(pathname)
  const request = JSON.stringify(garbage)
  expect(garbage.allowed, `${status} for ${request}: ${text.slice(0, 300)}`).toContain(status)
  try {
    expectPromisesKept(isApi ? garbage.path : pathname.replace(/\/$/, ''), answer)
  } catch (error) {
    throw new Error(`${status} for ${request}`, { cause: error })
  }
  const location = answer.header('location')
  if (location) expect(new URL(location, url).host, `${location} for ${request}`).toBe(new URL(url).host)
}

/** Access and refresh token of each, as they are, cut off in the middle, and with a letter too many. */
function wordsForTokens(members: Record<string, Member>): Record<string, () => string> {
  const words: Record<string, () => string> = {}
  for (const [name, { cookies }] of Object.entries(members)) {
    for (const kind of ['access', 'refresh']) {
      const token = cookies.get(kind) ?? ''
      const middle = Math.floor(token.length / 2)
      words[`${name}:${kind}`] = () => token
      words[`${name}:${kind}:cut`] = () => token.slice(0, middle)
      words[`${name}:${kind}:altered`] = () => `${token.slice(0, middle)}A${token.slice(middle)}`
    }
  }
  return words
}

/** What the local Workers runtime answers in the place of a Worker whose connection it has lost: its own stack. */
const LOST = /^\s*at .*miniflare.*\/entry\.worker\.js/m
/** Longer than any answer takes, on a machine with other things to do. */
const PATIENCE_MS = 15_000

/**
 * Tries again when the local Workers runtime loses the connection to a client that is still sending what the answer does not
 * wait for, which it does now and then: it hangs up, never answers, or answers with a stack of its own. A request of which
 * the app itself dies is lost each time.
 *
 * @param onLost hears of each try that was lost
 */
async function answered(ask: () => Promise<Answer>, onLost: () => void, tries = 5): Promise<Answer> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('No answer in time')), PATIENCE_MS)
  })
  try {
    const answer = await Promise.race([ask(), patience])
    if (answer.status !== 500 || !LOST.test(answer.text)) return answer
    throw new Error(answer.text)
  } catch (error) {
    onLost()
    if (tries === 0) throw error
    return answered(ask, onLost, tries - 1)
  } finally {
    clearTimeout(timer)
  }
}
