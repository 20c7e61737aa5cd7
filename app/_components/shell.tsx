import type { ReactNode } from 'react'
import { getServices, getUser } from '@/lib/next.ts'
import { Frame } from './frame.tsx'
import { LogOut } from './log-out.tsx'
import { NavLink } from './nav-link.tsx'
import { SessionProvider } from './session-provider.tsx'
import { sessionSnapshot } from './session-snapshot.ts'

interface ShellProps {
  /** The ways between the pages of who is signed in, where they stand on the page itself. */
  memberNav?: ReactNode
  children: ReactNode
}

/** The frame with a navigation bar that knows, on the server, whether the visitor is signed in. */
export async function Shell({ memberNav, children }: ShellProps) {
  const [user, { clock }] = await Promise.all([getUser(), getServices()])
  return (
    <SessionProvider initial={sessionSnapshot(user, clock())}>
      <Frame
        nav={
          <nav aria-label="Account" className="-mr-2 flex items-center sm:-mr-3 sm:gap-2">
            {user ? (
              <>
                {!memberNav && <NavLink href="/dashboard">Dashboard</NavLink>}
                <LogOut className="button px-2 text-muted hover:text-ink sm:px-3" />
              </>
            ) : (
              <>
                <NavLink href="/login" carriesNext>
                  Log in
                </NavLink>
                <NavLink href="/signup" carriesNext>
                  Sign up
                </NavLink>
              </>
            )}
          </nav>
        }
      >
        {memberNav}
        {children}
      </Frame>
    </SessionProvider>
  )
}
