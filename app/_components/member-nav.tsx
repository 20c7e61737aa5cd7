'use client'

import { ADMIN } from '@/lib/auth/roles.ts'
import { NavLink } from './nav-link.tsx'
import { useSession } from './session-provider.tsx'

const TAB = '-mb-px rounded-none border-b-2 border-transparent px-0 aria-[current]:border-accent'

/** The ways between the pages of who is signed in. A link is no permission: the page behind it checks. */
export function MemberNav() {
  const session = useSession()
  if (session.status === 'signed-out') return null
  return (
    <nav aria-label="Your pages" className="mb-2 flex flex-wrap gap-x-6 border-b border-line sm:mb-5">
      <NavLink href="/dashboard" className={TAB}>
        Dashboard
      </NavLink>
      <NavLink href="/account" className={TAB}>
        Account
      </NavLink>
      {session.user.roles.includes(ADMIN) && (
        <NavLink href="/admin" className={TAB}>
          Admin
        </NavLink>
      )}
    </nav>
  )
}
