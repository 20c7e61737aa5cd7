import type { LimitRequest, LimitResult } from './contract.ts'

/**
 * Takes one from each key in order, as far as the first that an isolate knows to be refused: whoever has used up a limit of their own
 * shall not go on to use up those of others, which stand behind it.
 *
 * @param refusedUntil milliseconds since the epoch; undefined where nothing is known
 * @param take answers for a key that is known to be refused without asking
 * @returns null for what was not asked
 */
export function takeUpToKnownRefusal(
  requests: LimitRequest[],
  refusedUntil: (key: string) => number | undefined,
  take: (request: LimitRequest) => Promise<LimitResult>,
): Promise<(LimitResult | null)[]> {
  const isKnown = ({ key }: LimitRequest) => (refusedUntil(key) ?? 0) > Date.now()
  const first = requests.findIndex(isKnown)
  return Promise.all(
    requests.map((request, i) => (first === -1 || i <= first || isKnown(request) ? take(request) : null)),
  )
}
