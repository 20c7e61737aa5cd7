'use client'

import type { ReactNode } from 'react'
import { useSendOnce } from './use-send-once.ts'

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
  const { pending, formProps } = useSendOnce()
  return (
    <form {...formProps} action={action}>
      <input type="hidden" name="_method" value={method} />
      <button type="submit" className="button button-quiet" aria-label={label} disabled={pending}>
        {children}
      </button>
    </form>
  )
}
