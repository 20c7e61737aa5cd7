'use client'

import { type FormEvent, useState } from 'react'
import { PATIENCE } from './patience.ts'
import { tellOtherTabs } from './session-channel.ts'

/** Logs out with a form post; where scripts run, it tells the other tabs once the session has ended. */
export function LogOut({ className }: { className: string }) {
  const [state, setState] = useState<'idle' | 'pending' | 'failed'>('idle')

  async function logOut(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (state === 'pending') return
    setState('pending')
    const answer = await fetch('/api/auth/logout', {
      method: 'POST',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(PATIENCE),
    }).catch(() => null)
    if (!answer?.ok) return setState('failed')
    tellOtherTabs({ kind: 'signed-out' })
    location.assign('/login')
  }

  return (
    <form method="post" action="/api/auth/logout" onSubmit={logOut} aria-busy={state === 'pending'}>
      <button type="submit" className={className} disabled={state === 'pending'}>
        {state === 'pending' ? 'Logging out…' : 'Log out'}
      </button>
      <p
        role="alert"
        className="notice notice-danger fixed inset-x-4 bottom-4 mx-auto max-w-md border border-danger shadow-lg empty:hidden"
      >
        {state === 'failed' && "We couldn't log you out. You are still signed in; please try again in a moment."}
      </p>
    </form>
  )
}
