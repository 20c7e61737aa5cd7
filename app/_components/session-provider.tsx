'use client'

import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { type SessionMessage, sessionChannel } from './session-channel.ts'
import { keepRenewed } from './session-renewal.ts'
import type { SessionSnapshot } from './session-snapshot.ts'

/** Who is signed in. For what is shown only: the server decides what may be done. */
export type ClientSession =
  | ({ status: 'signed-in' } & Pick<SessionSnapshot, 'user' | 'expiresAt'>)
  | { status: 'signed-out' }

const SessionContext = createContext<ClientSession | null>(null)

/** Who is signed in, from the first render on, and as it changes: renewed here, or ended in another tab. */
export function useSession(): ClientSession {
  const session = useContext(SessionContext)
  if (!session) throw new Error('useSession() needs a SessionProvider around it')
  return session
}

interface SessionProviderProps {
  /** What the server rendered the page for. */
  initial: SessionSnapshot | null
  children: ReactNode
}

/**
 * Starts from what the server rendered, without a request of its own; renews access while the page is open; and keeps the
 * page true to the session when another tab, or the back button, changes what it should show.
 */
export function SessionProvider({ initial, children }: SessionProviderProps) {
  const [session, setSession] = useState(initial)

  // Where the page was refreshed without being loaded anew.
  useEffect(() => setSession(initial), [initial])

  useEffect(() => {
    if (!session) return
    return keepRenewed(session, {
      renewed(renewed) {
        if (isOf(renewed, session)) setSession(renewed)
        else reload()
      },
      ended() {
        setSession(null)
        reload() // a private page leads to the log-in, and back
      },
    })
  }, [session])

  useEffect(() => {
    const channel = sessionChannel()
    const onMessage = ({ data }: MessageEvent<SessionMessage>) => {
      if (data.kind === 'signed-out' && session && !isBehindLink()) location.replace('/login')
      if (data.kind === 'ended' && session) reload()
      if (data.kind === 'renewed' && isOf(data.session, session)) return setSession(data.session)
      if ((data.kind === 'signed-in' || data.kind === 'renewed') && !hasTypedText()) reload()
    }
    // A page that comes back from the back/forward cache was rendered for a session that may be over. It leaves hidden,
    // so that it cannot be seen before it has been loaded anew.
    const onPageHide = ({ persisted }: PageTransitionEvent) => {
      if (persisted && session) document.body.hidden = true
    }
    const onPageShow = ({ persisted }: PageTransitionEvent) => {
      if (persisted) location.reload()
    }
    channel.addEventListener('message', onMessage)
    addEventListener('pagehide', onPageHide)
    addEventListener('pageshow', onPageShow)
    return () => {
      channel.removeEventListener('message', onMessage)
      removeEventListener('pagehide', onPageHide)
      removeEventListener('pageshow', onPageShow)
    }
  }, [session])

  const value = useMemo<ClientSession>(
    () =>
      session ? { status: 'signed-in', user: session.user, expiresAt: session.expiresAt } : { status: 'signed-out' },
    [session],
  )
  return <SessionContext.Provider value={value}>{children}</SessionContext.Provider>
}

/** Somebody else may have signed in meanwhile: the page is not theirs. */
function isOf(renewed: SessionSnapshot, session: SessionSnapshot | null): boolean {
  return renewed.user.id === session?.user.id
}

/** Where that loses nothing. */
function reload(): void {
  if (!isBehindLink()) location.reload()
}

/** Tells whether the page is that of a mailed link: it has taken the token out of its address, and shows nothing private. */
function isBehindLink(): boolean {
  return document.querySelector('input[type=hidden][name=token]') !== null
}

function hasTypedText(): boolean {
  return [...document.querySelectorAll('input')].some((input) => input.value !== input.defaultValue)
}
