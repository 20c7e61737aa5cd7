import type { ReactNode } from 'react'
import { getUser } from '@/lib/next.ts'
import { Frame } from './frame.tsx'
import { LogOut } from './log-out.tsx'
import { SessionWatch } from './session-watch.tsx'
import { withNext } from './with-next.ts'

interface ShellProps {
  /** The page's own path, to mark it in the navigation bar. */
  path: string
  /** Where a sign-in leads, carried along by the links to the forms. */
  next?: string
  children: ReactNode
}

/** The frame with a navigation bar that knows, on the server, whether the visitor is signed in. */
export async function Shell({ path, next, children }: ShellProps) {
  const user = await getUser()
  return (
    <Frame
      nav={
        <nav aria-label="Account" className="-mr-2 flex items-center sm:-mr-3 sm:gap-2">
          {user ? (
            <>
              <NavLink href="/dashboard" current={path}>
                Dashboard
              </NavLink>
              <LogOut className="button px-2 text-muted hover:text-ink sm:px-3" />
            </>
          ) : (
            <>
              <NavLink href="/login" current={path} next={next}>
                Log in
              </NavLink>
              <NavLink href="/signup" current={path} next={next}>
                Sign up
              </NavLink>
            </>
          )}
        </nav>
      }
    >
      <SessionWatch signedIn={user !== null} />
      {children}
    </Frame>
  )
}

interface NavLinkProps {
  href: string
  current: string
  next?: string
  children: ReactNode
}

function NavLink({ href, current, next, children }: NavLinkProps) {
  return (
    <a
      href={withNext(href, next)}
      aria-current={href === current ? 'page' : undefined}
      className="button px-2 text-muted hover:text-ink aria-[current]:text-ink sm:px-3"
    >
      {children}
    </a>
  )
}
