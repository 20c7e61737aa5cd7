import fc from 'fast-check'
import { expect, it } from 'vitest'
import { aModel } from './model.ts'
import { SEED, schedules } from './schedule.ts'
import { play } from './simulate.ts'

it('the rules of sessions keep what they promise, whatever clients, thief, network and store do', async () => {
  const count = { peaceful: 0, overtaken: 0 }
  await fc.assert(
    fc.asyncProperty(schedules, async (steps) => {
      const { isPeaceful, overtaken } = await play(aModel(), steps)
      if (!isPeaceful) return
      count.peaceful += 1
      if (overtaken > 0) count.overtaken += 1
    }),
    { seed: SEED, numRuns: 10_000 },
  )
  // On a network that holds back a third of all exchanges.
  expect(count.overtaken / count.peaceful).toBeLessThan(0.25)
}, 60_000)
