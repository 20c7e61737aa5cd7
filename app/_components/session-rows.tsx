'use client'

import { LocalTime } from './local-time.tsx'
import { Row } from './rows.tsx'
import { useSession } from './session-provider.tsx'

/** Of the session, what changes while the page is open. */
export function SessionRows() {
  const session = useSession()
  if (session.status === 'signed-out') return null
  return (
    <>
      <Row label="Roles">{session.user.roles.join(', ') || 'None'}</Row>
      <Row label="Access renews at">
        <LocalTime seconds={session.expiresAt} />
      </Row>
    </>
  )
}
