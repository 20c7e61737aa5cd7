'use client'

import { useHydrated } from './use-hydrated.ts'

const IN_UTC: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }
const HERE: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }

/** A moment in the reader's own zone and manner; in UTC until scripts run. */
export function LocalTime({ seconds }: { seconds: number }) {
  const date = new Date(seconds * 1000)
  const text = useHydrated() ? date.toLocaleString(undefined, HERE) : `${date.toLocaleString('en-GB', IN_UTC)} UTC`
  return (
    <time dateTime={date.toISOString()} className="tabular-nums">
      {text}
    </time>
  )
}
