import { deviceTag, type Owner } from './device.ts'
import { takeLimits } from './rate-limits.ts'
import type { Failure, Result } from './result.ts'
import type { Services, Visitor } from './services.ts'

/** Counts the attempts at one account, from wherever. */
export const LOGIN_ACCOUNT = 'login-account'

/**
 * Lets through who was refused for the account's limit alone, but comes with a browser that has signed in to the account
 * before: whoever guesses at an account from elsewhere must not lock its owner out. Such a browser has as many attempts of its own,
 * so a stolen mark is worth no more than that (OWASP Authentication Cheat Sheet, device cookies). One round trip more, and only then.
 *
 * @param refused by `takeLimits`
 * @param owner null where nobody has the address
 */
export async function unlessKnownDevice(
  { secrets, limits, limitPolicy, clock }: Services,
  { device }: Visitor,
  refused: Failure,
  owner: Owner | null,
): Promise<Result<void>> {
  const { error } = refused
  const isByAccount = error.code === 'rate_limited' && error.limits.every(({ policy }) => policy === LOGIN_ACCOUNT)
  const tag = isByAccount && owner ? await deviceTag(secrets, device, owner) : null
  if (tag === null) return refused
  return takeLimits(limits, [{ policy: 'login-device', subject: tag, ...limitPolicy.loginAccount }], clock())
}
