import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { PROFILES, TARGETS } from '../support/instances.ts'
import { type MortalApp, startMortalApp } from '../support/mortal-apps.ts'
import { findLost, startSignups } from '../support/signup-load.ts'

const TIMEOUT_MS = 150_000
const KILLS = 2
/** At once. */
const WIDTH = 4
const LOAD_MS = 1_500

describe.each(TARGETS)('A crash in the middle of sign-ups (%s)', { timeout: TIMEOUT_MS }, (target) => {
  let app: MortalApp | undefined
  afterEach(async () => {
    await app?.stop()
    app = undefined
  })

  it('takes no account whose sign-up was answered with 201', async () => {
    app = await startMortalApp(target, PROFILES.default)
    const load = startSignups(app.url, WIDTH)
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(LOAD_MS)
      await app.kill()
      await sleep(LOAD_MS / 5)
      await app.revive()
    }
    await sleep(LOAD_MS)
    await load.stop()

    expect(load.accepted.length, 'between the kills, people are served').toBeGreaterThan(WIDTH * KILLS)
    const others = [...load.statuses.keys()].filter((status) => status !== 201)
    expect(others.length, 'some have met a kill').toBeGreaterThan(0)
    expect([0, 503]).toEqual(expect.arrayContaining(others))
    expect(await findLost(app.url, load.accepted, WIDTH)).toEqual([])
  })
})
