'use client'

import { type FormEvent, type ReactNode, useRef, useState } from 'react'

interface ActionButtonProps {
  /** The route that does it. */
  action: string
  method?: 'POST' | 'PATCH' | 'DELETE'
  /** Says more than the button shows: which of many it is. */
  label?: string
  children: ReactNode
}

/** A form that is only a button. It works by itself; where scripts run, a double click sends it once. */
export function ActionButton({ action, method = 'POST', label, children }: ActionButtonProps) {
  const isSent = useRef(false)
  const [pending, setPending] = useState(false)

  function onSubmit(event: FormEvent) {
    if (isSent.current) event.preventDefault()
    isSent.current = true
    setPending(true)
  }

  return (
    <form method="post" action={action} onSubmit={onSubmit} aria-busy={pending}>
      <input type="hidden" name="_method" value={method} />
      <button type="submit" className="button button-quiet" aria-label={label} disabled={pending}>
        {children}
      </button>
    </form>
  )
}
