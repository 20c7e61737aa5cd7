'use client'

import type { ReactNode } from 'react'
import { useSendOnce } from './use-send-once.ts'

interface AccessFormProps {
  userId: string
  /** What the button says. */
  label: string
  /** How the button looks. */
  className: string
  /** Fields, and what there is to say about them. */
  children: ReactNode
}

/** A form that changes an account's access. It works by itself; where scripts run, a double click sends it once. */
export function AccessForm({ userId, label, className, children }: AccessFormProps) {
  const { pending, formProps } = useSendOnce()
  return (
    <form
      {...formProps}
      action={`/api/admin/users/${userId}`}
      autoComplete="off" // Firefox would bring back old ticks on a reload.
      className="grid gap-4"
    >
      <input type="hidden" name="_method" value="PATCH" />
      {children}
      <button type="submit" className={`button justify-self-start ${className}`} disabled={pending}>
        {label}
      </button>
    </form>
  )
}
