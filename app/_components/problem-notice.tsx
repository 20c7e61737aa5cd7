'use client'

import { FormAlert } from './form-alert.tsx'
import { type FormProblem, PROBLEM_PARAMETERS } from './form-problem.ts'
import { useCountdown } from './use-countdown.ts'
import { useToldOnce } from './use-told-once.ts'

/** Tells once why a form that is only a button was refused. */
export function ProblemNotice({ problem }: { problem: FormProblem }) {
  const notice = useToldOnce<HTMLParagraphElement>(PROBLEM_PARAMETERS)
  const secondsLeft = useCountdown(problem)
  // A button has no fields that could tell what is wrong with them.
  return <FormAlert ref={notice} problem={{ ...problem, fields: {} }} secondsLeft={secondsLeft} />
}
