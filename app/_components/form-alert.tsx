import type { ReactNode, Ref } from 'react'
import { type FormProblem, messageFor } from './form-problem.ts'
import { withNext } from './with-next.ts'

interface FormAlertProps {
  problem: FormProblem | null
  /** Seconds until another attempt can succeed. */
  secondsLeft: number
  /** Where a log-in leads that it offers. */
  next?: string
  ref?: Ref<HTMLParagraphElement>
}

/** What is wrong with the form as a whole. Problems of fields stand beside these. */
export function FormAlert({ problem, secondsLeft, next, ref }: FormAlertProps) {
  if (!problem || Object.keys(problem.fields).length) return null
  return (
    <p
      ref={ref}
      role="alert"
      tabIndex={-1}
      className={`notice ${problem.code === 'rate_limited' ? 'notice-wait' : 'notice-danger'}`}
    >
      {problem.code === 'rate_limited' ? <Wait secondsLeft={secondsLeft} /> : messageFor(problem.code)}
      {problem.code === 'email_taken' && (
        <>
          {' '}
          <LogInLink next={next}>Log in instead</LogInLink>
        </>
      )}
      {problem.code === 'unauthenticated' && (
        <>
          {' '}
          <LogInLink next={next}>Log in again</LogInLink>
        </>
      )}
    </p>
  )
}

function LogInLink({ next, children }: { next?: string; children: ReactNode }) {
  return (
    <a className="font-medium underline underline-offset-4" href={withNext('/login', next)}>
      {children}
    </a>
  )
}

function Wait({ secondsLeft }: { secondsLeft: number }) {
  if (secondsLeft === 0) return 'You can try again now.'
  return (
    <>
      Too many attempts. Try again in {/* A timer is not read out at each tick, though it stands in an alert. */}
      <span role="timer" className="font-medium tabular-nums">
        {formatDuration(secondsLeft)}
      </span>
      .
    </>
  )
}

/** `4:32`, and from an hour on `1:04:32`. */
function formatDuration(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = parts[0] ? parts : parts.slice(1)
  return shown.map((part, index) => (index ? String(part).padStart(2, '0') : part)).join(':')
}
