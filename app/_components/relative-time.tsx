import type { UnixSeconds } from '@/lib/store/contract.ts'

const IN_WORDS = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const IN_UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

const MINUTE = 60

/** Units, the longest first, and their seconds. */
const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', MINUTE],
]

interface RelativeTimeProps {
  seconds: UnixSeconds
  now: UnixSeconds
}

/** A moment as people say it, "3 minutes ago", with the exact one behind it. */
export function RelativeTime({ seconds, now }: RelativeTimeProps) {
  const date = new Date(seconds * 1000)
  return (
    <time dateTime={date.toISOString()} title={`${IN_UTC.format(date)} UTC`} className="whitespace-nowrap">
      {relativeTime(seconds - now)}
    </time>
  )
}

/** @param distance seconds from now on, negative for what has been */
function relativeTime(distance: number): string {
  const [unit, length] = UNITS.find(([, seconds]) => Math.abs(distance) >= seconds) ?? []
  return unit && length ? IN_WORDS.format(Math.trunc(distance / length), unit) : 'just now'
}
