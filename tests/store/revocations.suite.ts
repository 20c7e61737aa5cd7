import { describe, expect, it } from 'vitest'
import type { Revocations } from '../../lib/store/contract.ts'
import { anId, NOW } from '../support/builders.ts'

/** What is listed at `now`: until when, by session id. */
export async function readAll(revocations: Revocations, now: number): Promise<Map<string, number>> {
  const listed = new Map<string, number>()
  await revocations.read(now, (id, until) => listed.set(id, until))
  return listed
}

/**
 * The rules of `Revocations`, for each driver. A list may be late, so what was posted is waited for; and a driver may list
 * longer than it was asked to, but not shorter.
 */
export function describeRevocations(driver: string, open: () => Promise<Revocations>): void {
  /** Of what is listed at `now`, these sessions. */
  async function listed(revocations: Revocations, ids: string[], now = NOW): Promise<Record<string, number>> {
    const all = await readAll(revocations, now)
    return Object.fromEntries([...all].filter(([id]) => ids.includes(id)))
  }

  function expectListed(revocations: Revocations, ids: string[], now?: number) {
    return expect.poll(() => listed(revocations, ids, now), { timeout: 20_000 })
  }

  describe(`${driver}: revocations`, () => {
    it('lists each session that was posted, with its end', async () => {
      const [a, b, c] = [anId(), anId(), anId()]
      const revocations = await open()
      await revocations.post([a, b], NOW + 600)
      await revocations.post([c], NOW + 700)
      await expectListed(revocations, [a, b, c]).toEqual({ [a]: NOW + 600, [b]: NOW + 600, [c]: NOW + 700 })
    })

    it('tells another isolate what was posted by this one', async () => {
      const id = anId()
      await (await open()).post([id], NOW + 600)
      await expectListed(await open(), [id]).toEqual({ [id]: NOW + 600 })
    })

    it('lists a session to the last second before its end, and not from then on', async () => {
      const id = anId()
      const revocations = await open()
      await revocations.post([id], NOW + 600)
      await expectListed(revocations, [id], NOW + 599).toEqual({ [id]: NOW + 600 })
      expect(await listed(revocations, [id], NOW + 600)).toEqual({})
    })

    it('takes no session, one, and 50', async () => {
      const ids = Array.from({ length: 50 }, anId)
      const revocations = await open()
      await revocations.post([], NOW + 600)
      await revocations.post(ids, NOW + 600)
      await expectListed(revocations, ids).toEqual(Object.fromEntries(ids.map((id) => [id, NOW + 600])))
    })

    it('takes a session again', async () => {
      const id = anId()
      const revocations = await open()
      await revocations.post([id], NOW + 600)
      await revocations.post([id], NOW + 900)
      await expectListed(revocations, [id]).toEqual({ [id]: NOW + 900 })
    })

    it('drops none of the others when one is posted that has run out', async () => {
      const [id, old] = [anId(), anId()]
      const revocations = await open()
      await revocations.post([id], NOW + 600)
      await revocations.post([old], 1)
      await expectListed(revocations, [id, old]).toEqual({ [id]: NOW + 600 })
    })
  })
}
