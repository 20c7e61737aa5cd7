import { type Activity, MAX_ACTIVITY } from '../contract.ts'

/** The log with `entry` as its newest. */
export function withActivity(log: Activity[], entry: Activity): Activity[] {
  return [entry, ...log].slice(0, MAX_ACTIVITY)
}

/** The same, where an entry that follows one of its type takes that one's place and counts for both. */
export function withRepeatedActivity(log: Activity[], entry: Activity): Activity[] {
  const [newest, ...older] = log
  if (newest?.type !== entry.type) return withActivity(log, entry)
  return [{ ...entry, count: newest.count + entry.count }, ...older]
}
