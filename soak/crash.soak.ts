import { setTimeout as sleep } from 'node:timers/promises'
import { expect, inject, it } from 'vitest'
import type { Table } from '../bench/support/table.ts'
import { PROFILES, TARGETS, type Target } from '../tests/support/instances.ts'
import { startMortalApp } from '../tests/support/mortal-apps.ts'
import { findLost, startSignups } from '../tests/support/signup-load.ts'
import './support/provided-context.ts'

/** Sign-ups at once. */
const WIDTH = 8
const LOAD_MS = 5_000
const DOWN_MS = 500

it('a store that is killed and restarted under sign-ups', async ({ task }) => {
  const outcomes = []
  for (const target of TARGETS) outcomes.push(await crash(target, inject('minutes')))
  const table: Table = {
    title: 'Kills under load',
    columns: ['', 'kills', 'answered 201', 'cannot log in', 'answered 503', 'connection lost', 'answered otherwise'],
    rows: outcomes.map(({ target, kills, accepted, lost, statuses }) => {
      const count = (status: number) => statuses.get(status) ?? 0
      const others = [...statuses.keys()].filter((status) => ![201, 503, 0].includes(status))
      return [target, kills, accepted, lost, count(503), count(0), others.map(String).join(', ') || 'none']
    }),
  }
  task.meta.table = table
  for (const { target, kills, accepted, lost, statuses } of outcomes) {
    expect(kills, target).toBeGreaterThan(0)
    expect(accepted, `${target}: people are served`).toBeGreaterThan(kills)
    expect(lost, `${target}: every sign-up that was answered with 201 can log in`).toBe(0)
    expect([201, 503, 0], target).toEqual(expect.arrayContaining([...statuses.keys()]))
  }
})

async function crash(target: Target, minutes: number) {
  const app = await startMortalApp(target, PROFILES.default)
  try {
    const end = Date.now() + minutes * 60_000
    const statuses = new Map<number, number>()
    let [kills, accepted, lost] = [0, 0, 0]
    while (Date.now() < end) {
      const load = startSignups(app.url, WIDTH)
      await sleep(LOAD_MS * (0.5 + Math.random()))
      await app.kill()
      kills += 1
      await sleep(DOWN_MS)
      await app.revive()
      await load.stop()
      accepted += load.accepted.length
      lost += (await findLost(app.url, load.accepted, WIDTH)).length
      for (const [status, count] of load.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
    }
    return { target, kills, accepted, lost, statuses }
  } finally {
    await app.stop()
  }
}
