'use client'

import { messageFor, PROBLEM_PARAMETERS } from './form-problem.ts'
import { useToldOnce } from './use-told-once.ts'

/** Tells once why a form that is only a button was refused. */
export function ProblemNotice({ code }: { code: string }) {
  const notice = useToldOnce<HTMLParagraphElement>(PROBLEM_PARAMETERS)
  return (
    <p ref={notice} role="alert" tabIndex={-1} className="notice notice-danger">
      {messageFor(code)}
    </p>
  )
}
