'use client'

import { type ReactNode, useCallback, useEffect, useState } from 'react'
import { LocalTime } from './local-time.tsx'
import { PATIENCE } from './patience.ts'
import { Row, Rows } from './rows.tsx'

interface Details {
  name: string | null
  email: string
  /** When the session ends, in Unix seconds. */
  endsAt: number
}

/** Of `GET /api/auth/session`, what is shown. */
interface CurrentSession {
  user: { name: string | null; email: string } | null
  session: { expiresAt: string } | null
}

type Loaded = { state: 'loading' | 'failed' | 'ended' } | { state: 'ready'; details: Details }

/** What the access token does not say about the visitor: asked for once the page is there. */
export function Profile() {
  const [loaded, setLoaded] = useState<Loaded>({ state: 'loading' })

  const load = useCallback(async () => {
    setLoaded({ state: 'loading' })
    setLoaded(await fetchDetails())
  }, [])

  useEffect(() => {
    void load()
  }, [load])

  if (loaded.state === 'ended') {
    return (
      <p role="alert" className="notice notice-wait">
        Your session has ended. Please log out, then log in again.
      </p>
    )
  }
  if (loaded.state === 'failed') {
    return (
      <div role="alert" className="notice notice-danger flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        We couldn't load your details just now. You are still signed in.
        <button type="button" className="button button-quiet" onClick={load}>
          Try again
        </button>
      </div>
    )
  }
  const details = loaded.state === 'ready' ? loaded.details : null
  return (
    <div aria-busy={!details}>
      <Rows>
        <Row label="Name">{details ? details.name || <Faint>Not given</Faint> : <Skeleton />}</Row>
        <Row label="Email">{details ? details.email : <Skeleton />}</Row>
        <Row label="Signed in until">{details ? <LocalTime seconds={details.endsAt} /> : <Skeleton />}</Row>
      </Rows>
    </div>
  )
}

async function fetchDetails(): Promise<Loaded> {
  try {
    const answer = await fetch('/api/auth/session', { signal: AbortSignal.timeout(PATIENCE) })
    if (!answer.ok) return { state: 'failed' }
    const { user, session }: CurrentSession = await answer.json()
    if (!user || !session) return { state: 'ended' }
    return { state: 'ready', details: { ...user, endsAt: Date.parse(session.expiresAt) / 1000 } }
  } catch {
    return { state: 'failed' }
  }
}

function Skeleton() {
  return (
    <>
      <span aria-hidden="true" className="inline-block h-4 w-44 max-w-full rounded bg-line motion-safe:animate-pulse" />
      <span className="sr-only">Loading…</span>
    </>
  )
}

function Faint({ children }: { children: ReactNode }) {
  return <span className="text-muted">{children}</span>
}
