import type { Activity, UnixSeconds } from '@/lib/store/contract.ts'
import { deviceName } from './device.ts'
import { RelativeTime } from './relative-time.tsx'

/** How many entries are shown at once. */
const SHOWN = 10

const WORDS: Record<Activity['type'], string> = {
  'account.created': 'Account created',
  'login.succeeded': 'Signed in',
  'login.failed': 'Wrong password, refused',
  'password.changed': 'Password changed',
  'password.reset': 'Password reset by mail',
  'email.verified': 'Email address confirmed',
  'email.changed': 'Email address changed',
  'account.secured': 'Account secured by mail: everything was signed out',
  'sessions.ended': 'Signed out everywhere else',
  'session.reused': 'A copied token was used, so we ended that session',
  'roles.changed': 'An admin changed your roles',
  'account.disabled': 'An admin disabled your account',
  'account.enabled': 'An admin enabled your account',
}

/** What has happened to the security of an account: the newest, and the rest on demand. */
export function ActivityList({ activity, now }: { activity: Activity[]; now: UnixSeconds }) {
  const older = activity.slice(SHOWN)
  return (
    <>
      <Entries activity={activity.slice(0, SHOWN)} now={now} />
      {older.length > 0 && (
        <details className="mt-4 border-t border-line pt-2">
          <summary className="link inline-flex min-h-11 cursor-pointer items-center">Show {older.length} more</summary>
          <div className="mt-2">
            <Entries activity={older} now={now} />
          </div>
        </details>
      )}
    </>
  )
}

function Entries({ activity, now }: { activity: Activity[]; now: UnixSeconds }) {
  return (
    <ul className="grid gap-4">
      {activity.map((entry, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: entries have no id, and the list does not change.
        <li key={index} className="min-w-0 wrap-anywhere">
          <p>{inWords(entry)}</p>
          <p className="text-sm text-muted first-letter:uppercase">
            <RelativeTime seconds={entry.at} now={now} />
            {placeOf(entry)}
          </p>
        </li>
      ))}
    </ul>
  )
}

function inWords({ type, count }: Activity): string {
  if (count === 1) return WORDS[type]
  return type === 'login.failed' ? `Wrong password, refused ${count} times` : `${WORDS[type]} (${count} times)`
}

/** What an admin has done says nothing of where. */
function placeOf({ ip, userAgent }: Activity): string {
  if (!ip && !userAgent) return ''
  return [null, deviceName(userAgent), ip].filter((part) => part !== '').join(' · ')
}
