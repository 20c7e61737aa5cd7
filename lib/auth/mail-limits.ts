import { clientKey } from './client-address.ts'
import { type Attempt, takeLimits } from './rate-limits.ts'
import type { Result } from './result.ts'
import type { Services } from './services.ts'

/** Takes one mail of a kind from what a client, and an address, may ask for. What is refused names `<kind>-ip` or `<kind>-account`. */
export function takeMailLimits(
  { limits, limitPolicy, clock }: Services,
  kind: 'forgot' | 'verify' | 'change' | 'link' | 'signup',
  ip: string,
  address: string,
  further: Attempt[] = [],
): Promise<Result<void>> {
  // A sign-up has a limit of its own for clients.
  const client = kind === 'signup' ? limitPolicy.signupIp : limitPolicy.forgotIp
  return takeLimits(
    limits,
    [
      { policy: `${kind}-ip`, subject: clientKey(ip), ...client },
      { policy: `${kind}-account`, subject: address, ...limitPolicy.forgotAccount },
      ...further,
    ],
    clock(),
  )
}
