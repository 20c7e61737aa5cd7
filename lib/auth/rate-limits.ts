import type { Limit, Limits, UnixSeconds } from '../store/contract.ts'
import { fail, type LimitState, ok, type Result } from './result.ts'
import type { Services } from './services.ts'

/** One count of a policy: `subject` is who is counted, such as a client or an account. */
export interface Attempt extends Limit {
  policy: string
  subject: string
}

/**
 * Takes one from every limit, in one round trip; `rate_limited` names those that refused. What bounds the client comes first, as
 * what stands behind a refusal may go untouched (`Limits`).
 */
export async function takeLimits(limits: Limits, attempts: Attempt[], now: UnixSeconds): Promise<Result<void>> {
  const results = await limits.take(
    attempts.map(({ policy, subject, limit, window }) => ({ key: `${policy}:${subject}`, limit, window })),
  )
  const refused: LimitState[] = []
  for (const [i, { policy, limit, window }] of attempts.entries()) {
    const result = results[i]
    if (!result && refused.length === 0) throw new Error(`The limiter gave no answer for ${policy}`)
    if (result && !result.allowed) {
      refused.push({ policy, limit, window, remaining: result.remaining, resetAt: result.resetAt })
    }
  }
  return refused.length === 0 ? ok(undefined) : fail({ code: 'rate_limited', limits: refused, now })
}

/**
 * What bounds the passwords that are hashed for who holds mailed links of one account, or of one address. Nobody else can use it
 * up: not somebody who shares a client's address, as they could with what is counted by that.
 */
export function hashesByLink({ limitPolicy }: Pick<Services, 'limitPolicy'>, subject: string): Attempt {
  return { policy: 'link-hash', subject, ...limitPolicy.loginAccount }
}
