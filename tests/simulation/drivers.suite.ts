import fc from 'fast-check'
import { expect, it } from 'vitest'
import { anAccount } from '../support/builders.ts'
import { aService, type Backend } from './drivers.ts'
import { aModel } from './model.ts'
import { SEED, schedules } from './schedule.ts'
import { play } from './simulate.ts'

/** Plays schedules on a driver, which is to do what the model does. */
export function describeProtocol(driver: string, open: () => Backend): void {
  it(`sessions keep what they promise on ${driver}, whatever clients, thief, network and store do`, async () => {
    const backend = open()
    const admin = anAccount({ user: { roles: ['admin'] } })
    await backend.store.accounts.create(admin)
    await fc.assert(
      fc.asyncProperty(schedules, async (steps) => {
        const [model, real] = [await play(aModel(), steps), await play(await aService(backend, admin.user.id), steps)]
        expect(real.trace).toEqual(model.trace)
      }),
      { seed: SEED, numRuns: 500 },
    )
  }, 180_000)
}
