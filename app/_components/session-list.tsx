import type { ReactNode } from 'react'
import type { SessionOverview } from '@/lib/auth/sessions.ts'
import type { UnixSeconds } from '@/lib/store/contract.ts'
import { deviceName } from './device.ts'
import { RelativeTime } from './relative-time.tsx'

interface SessionListProps {
  sessions: SessionOverview[]
  now: UnixSeconds
  /** What can be done to a session. */
  renderAction?: (session: SessionOverview, device: string) => ReactNode
}

/** Sessions with where they run, and since when. */
export function SessionList({ sessions, now, renderAction }: SessionListProps) {
  return (
    <ul className="divide-y divide-line">
      {sessions.map((session) => {
        const device = deviceName(session.userAgent)
        return (
          <li
            key={session.id}
            className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-4 first:pt-0 last:pb-0"
          >
            <div className="min-w-0 wrap-anywhere">
              <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
                {device}
                {session.current && <span className="badge">This session</span>}
              </p>
              <p className="text-sm text-muted">
                {session.current ? (
                  'Active now'
                ) : (
                  <>
                    Active <RelativeTime seconds={session.lastSeenAt} now={now} />
                  </>
                )}
                {session.ip && ` · ${session.ip}`} · signed in <RelativeTime seconds={session.createdAt} now={now} />
              </p>
            </div>
            {renderAction?.(session, device)}
          </li>
        )
      })}
    </ul>
  )
}
