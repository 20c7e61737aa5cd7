import type { Activity, ActivityType, UnixSeconds } from '../store/contract.ts'
import { MAX_USER_AGENT, type Visitor } from './services.ts'

/** An entry for an account's activity: what `visitor` did there. */
export function activityOf(type: ActivityType, { ip, userAgent }: Visitor, at: UnixSeconds): Activity {
  return { type, at, ip, userAgent: userAgent.slice(0, MAX_USER_AGENT), count: 1 }
}
