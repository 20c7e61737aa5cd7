'use client'

import type { ReactNode } from 'react'
import { useToldOnce } from './use-told-once.ts'

const PARAMETERS = ['done']

/** Tells once what a form has done. */
export function DoneNotice({ children }: { children: ReactNode }) {
  const notice = useToldOnce<HTMLParagraphElement>(PARAMETERS)
  return (
    <p ref={notice} role="status" tabIndex={-1} className="notice notice-done">
      {children}
    </p>
  )
}
