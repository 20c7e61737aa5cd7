import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LimitRequest, LimitResult, Limits } from '../../lib/store/contract.ts'
import { anId, NOW } from '../support/builders.ts'

/** The rules of `Limits`, for each driver. `open` gives limits as an isolate has them that has not refused anything yet. */
export function describeLimits(driver: string, open: () => Promise<Limits>): void {
  describe(`${driver}: limits`, () => {
    // The window began 15 seconds ago.
    const START = Math.floor(NOW / 60) * 60
    const setTime = (seconds: number) => vi.setSystemTime(seconds * 1_000)

    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['Date'] })
      setTime(START + 15)
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    function aLimit(given: Partial<LimitRequest> = {}): LimitRequest {
      return { key: anId(), limit: 10, window: 60, ...given }
    }

    async function takeOne(limits: Limits, request: LimitRequest): Promise<LimitResult | null | undefined> {
      return (await limits.take([request]))[0]
    }

    async function takeMany(limits: Limits, request: LimitRequest, times: number): Promise<LimitResult[]> {
      const taken = await Promise.all(Array.from({ length: times }, () => limits.take([request])))
      return taken.flat().filter((result) => result !== null)
    }

    it('counts down, then refuses, and says when the window ends', async () => {
      const limits = await open()
      const request = aLimit({ limit: 2 })
      const resetAt = START + 60
      expect(await takeOne(limits, request)).toEqual({ allowed: true, remaining: 1, resetAt })
      expect(await takeOne(limits, request)).toEqual({ allowed: true, remaining: 0, resetAt })
      expect(await takeOne(limits, request)).toEqual({ allowed: false, remaining: 0, resetAt })
      expect(await takeOne(limits, request)).toEqual({ allowed: false, remaining: 0, resetAt })
    })

    it('lets exactly the limit through of 30 that ask at once', async () => {
      const results = await takeMany(await open(), aLimit(), 30)
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(10)
      expect(new Set(results.filter(({ allowed }) => allowed).map(({ remaining }) => remaining)).size).toBe(10)
    })

    it('takes from several keys at once, and answers in their order', async () => {
      const limits = await open()
      const [tight, wide] = [aLimit({ limit: 1 }), aLimit({ limit: 5, window: 3_600 })]
      const hourEnds = Math.floor(START / 3_600) * 3_600 + 3_600
      expect(await limits.take([tight, wide])).toEqual([
        { allowed: true, remaining: 0, resetAt: START + 60 },
        { allowed: true, remaining: 4, resetAt: hourEnds },
      ])
      expect(await limits.take([wide, tight])).toEqual([
        { allowed: true, remaining: 3, resetAt: hourEnds },
        { allowed: false, remaining: 0, resetAt: START + 60 },
      ])
      expect(await limits.take([])).toEqual([])
    })

    it('takes nothing behind a key that it knows to be refused: a limit that is used up does not use up another', async () => {
      const limits = await open()
      const [client, account] = [aLimit({ limit: 1 }), aLimit({ limit: 5 })]
      await takeMany(limits, client, 2)
      for (let attempt = 0; attempt < 10; attempt++) {
        expect(await limits.take([client, account])).toEqual([
          { allowed: false, remaining: 0, resetAt: START + 60 },
          null,
        ])
      }
      expect(await takeOne(limits, account)).toEqual({ allowed: true, remaining: 4, resetAt: START + 60 })
      setTime(START + 61) // the window is over in which the client was refused
      expect(await limits.take([client, account])).toMatchObject([{ allowed: true }, { allowed: true }])
    })

    it('says of all that it knows to be refused', async () => {
      const limits = await open()
      const [client, account] = [aLimit({ limit: 1 }), aLimit({ limit: 1, window: 3_600 })]
      for (const each of [client, account]) await takeMany(limits, each, 2)
      const hourEnds = Math.floor(START / 3_600) * 3_600 + 3_600
      expect(await limits.take([client, account])).toEqual([
        { allowed: false, remaining: 0, resetAt: START + 60 },
        { allowed: false, remaining: 0, resetAt: hourEnds },
      ])
    })

    it('takes before a key that it knows to be refused', async () => {
      const limits = await open()
      const [client, account] = [aLimit({ limit: 5 }), aLimit({ limit: 1 })]
      await takeMany(limits, account, 2)
      expect(await limits.take([client, account])).toMatchObject([{ allowed: true, remaining: 4 }, { allowed: false }])
      expect(await takeOne(limits, client)).toMatchObject({ remaining: 3 })
    })

    it('lets the last window count by the share of it that is still in sight', async () => {
      const limits = await open()
      const request = aLimit()
      await takeMany(limits, request, 10)
      setTime(START + 60 + 45) // ⌊0.25 × 10⌋ = 2 still count
      const results = await takeMany(limits, request, 12)
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(8)
      expect(results[0]).toEqual({ allowed: true, remaining: 7, resetAt: START + 120 })
    })

    it('does not count what it refused', async () => {
      const request = aLimit()
      await takeMany(await open(), request, 10)
      for (let isolate = 0; isolate < 5; isolate++) await takeMany(await open(), request, 3)
      setTime(START + 60 + 30) // ⌊0.5 × 10⌋ = 5 still count
      const results = await takeMany(await open(), request, 10)
      expect(results.filter(({ allowed }) => allowed)).toHaveLength(5)
    })

    it('forgets after two windows', async () => {
      const limits = await open()
      const request = aLimit()
      await takeMany(limits, request, 11)
      setTime(START + 120)
      expect(await takeOne(limits, request)).toEqual({ allowed: true, remaining: 9, resetAt: START + 180 })
    })

    it('asks again once the window is over in which it refused', async () => {
      const limits = await open()
      const request = aLimit({ limit: 1 })
      await takeMany(limits, request, 2)
      setTime(START + 59)
      expect(await takeOne(limits, request)).toMatchObject({ allowed: false })
      setTime(START + 61)
      expect(await takeOne(limits, request)).toMatchObject({ allowed: true, resetAt: START + 120 })
    })

    it('takes keys of any length from a stranger', async () => {
      const request = aLimit({ key: `login:${'ü'.repeat(10_000)}${anId()}` })
      expect(await takeOne(await open(), request)).toMatchObject({ allowed: true, remaining: 9 })
    })
  })
}
