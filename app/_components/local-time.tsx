'use client'

import { useHydrated } from './use-hydrated.ts'

const HERE: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' }

/** A moment in the reader's own zone and manner; in UTC until scripts run. */
export function LocalTime({ seconds }: { seconds: number }) {
  const date = new Date(seconds * 1000)
  const text = useHydrated() ? date.toLocaleString(undefined, HERE) : inUtc(date)
  return (
    <time dateTime={date.toISOString()} className="tabular-nums">
      {text}
    </time>
  )
}

/** `5 Sep 2026, 07:02 UTC`. From what every engine writes alike: the first render in the browser must be the server's. */
function inUtc(date: Date): string {
  const [, day, month, year, time] = date.toUTCString().split(' ')
  return `${Number(day)} ${month} ${year}, ${time?.slice(0, 5)} UTC`
}
