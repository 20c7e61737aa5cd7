'use client'

import { useEffect } from 'react'
import { type SessionMessage, sessionChannel } from './session-channel.ts'

/** Keeps an open page true to the session when another tab, or the back button, changes what it should show. */
export function SessionWatch({ signedIn }: { signedIn: boolean }) {
  useEffect(() => {
    const channel = sessionChannel()
    const onMessage = ({ data }: MessageEvent<SessionMessage>) => {
      if (data === 'signed-out' && signedIn) location.replace('/login')
      if (data === 'signed-in' && !hasTypedText()) location.reload()
    }
    // A page that comes back from the back/forward cache was rendered for a session that may be over. It leaves hidden,
    // so that it cannot be seen before it has been loaded anew.
    const onPageHide = ({ persisted }: PageTransitionEvent) => {
      if (persisted && signedIn) document.body.hidden = true
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
  }, [signedIn])
  return null
}

function hasTypedText(): boolean {
  return [...document.querySelectorAll('input')].some((input) => input.value !== input.defaultValue)
}
