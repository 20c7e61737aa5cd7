import type { LimitRequest } from './contract.ts'

/**
 * The requests as far as the first whose key an isolate knows to be refused. Whoever has used up a limit of their own shall not
 * go on to use up those of others, which stand behind it.
 *
 * @param refusedUntil milliseconds since the epoch; undefined where nothing is known
 */
export function upToKnownRefusal(
  requests: LimitRequest[],
  refusedUntil: (key: string) => number | undefined,
): LimitRequest[] {
  const known = requests.findIndex(({ key }) => (refusedUntil(key) ?? 0) > Date.now())
  return known === -1 ? requests : requests.slice(0, known + 1)
}
