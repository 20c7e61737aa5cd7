import { expect, it } from 'vitest'
import { takeLimits } from '../../../lib/auth/rate-limits.ts'
import type { LimitRequest, LimitResult } from '../../../lib/store/contract.ts'
import { NOW } from '../../support/builders.ts'

const BY_IP = { policy: 'login-ip', subject: '192.0.2.7', limit: 20, window: 60 }
const BY_ACCOUNT = { policy: 'login-account', subject: 'ada@example.com', limit: 10, window: 900 }

/** A limiter that has these answers ready. */
function answering(...results: (LimitResult | null)[]) {
  const asked: LimitRequest[][] = []
  return {
    asked,
    async take(requests: LimitRequest[]) {
      asked.push(requests)
      return results
    },
  }
}

const ALLOWED = { allowed: true, remaining: 3, resetAt: NOW + 60 }
const REFUSED = { allowed: false, remaining: 0, resetAt: NOW + 30 }

it('asks for all in one go, each under its policy and subject', async () => {
  const limits = answering(ALLOWED, ALLOWED)
  expect(await takeLimits(limits, [BY_IP, BY_ACCOUNT], NOW)).toEqual({ ok: true, value: undefined })
  expect(limits.asked).toEqual([
    [
      { key: 'login-ip:192.0.2.7', limit: 20, window: 60 },
      { key: 'login-account:ada@example.com', limit: 10, window: 900 },
    ],
  ])
})

it('names those that refused, without their subjects', async () => {
  const refusal = { policy: 'login-account', limit: 10, window: 900, remaining: 0, resetAt: NOW + 30 }
  expect(await takeLimits(answering(ALLOWED, REFUSED), [BY_IP, BY_ACCOUNT], NOW)).toEqual({
    ok: false,
    error: { code: 'rate_limited', limits: [refusal], now: NOW },
  })
  const both = await takeLimits(answering(REFUSED, REFUSED), [BY_IP, BY_ACCOUNT], NOW)
  expect(both).toMatchObject({ error: { limits: [{ policy: 'login-ip' }, { policy: 'login-account' }] } })
})

it('takes a refusal for the whole answer where nothing behind it was asked', async () => {
  expect(await takeLimits(answering(REFUSED, null), [BY_IP, BY_ACCOUNT], NOW)).toMatchObject({
    error: { limits: [{ policy: 'login-ip' }] },
  })
})

it('lets nothing through on an answer that is missing', async () => {
  for (const answers of [[ALLOWED], [ALLOWED, null]]) {
    await expect(takeLimits(answering(...answers), [BY_IP, BY_ACCOUNT], NOW)).rejects.toThrow('login-account')
  }
})
