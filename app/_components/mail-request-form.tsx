'use client'

import type { ReactNode } from 'react'
import { DoneNotice } from './done-notice.tsx'
import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { FormDraft } from './form-draft.ts'
import type { FormProblem } from './form-problem.ts'
import { SubmitButton } from './submit-button.tsx'
import { useForm } from './use-form.ts'

interface MailRequestFormProps {
  action: string
  label: string
  /** Where a sign-in leads. */
  next?: string
  problem: FormProblem | null
  draft: FormDraft
  /** Whether a mail was just sent. */
  isSent: boolean
  /** What is said then. */
  notice: ReactNode
  /** Stands above the form once a mail was sent. */
  children?: ReactNode
  /** Whether it stands there from the beginning. */
  isOpen?: boolean
}

/** Asks for an address to mail a link to, and then stays for another try. */
export function MailRequestForm({
  action,
  label,
  next,
  problem: initial,
  draft,
  isSent: wasSent,
  notice,
  children,
  isOpen = false,
}: MailRequestFormProps) {
  const { formProps, pending, isDone, isRefused, problem, secondsLeft, errorOf, mustWait } = useForm(initial)
  const isSent = wasSent || isDone
  const isAgain = isSent || isOpen
  return (
    <div className="grid gap-6">
      {isSent && !pending && !isRefused && !problem && <DoneNotice>{notice}</DoneNotice>}
      {isAgain && children && (
        <>
          {children}
          <hr className="border-line" />
        </>
      )}
      <form {...formProps} action={action} className="grid gap-5">
        <FormAlert problem={problem} secondsLeft={secondsLeft} next={next} />
        {next && <input type="hidden" name="next" value={next} />}
        <EmailField error={errorOf('email')} defaultValue={draft.email} />
        <SubmitButton
          label={isAgain ? 'Send again' : label}
          pendingLabel="Sending…"
          pending={pending}
          mustWait={mustWait}
          className={`w-full ${isAgain ? 'button-quiet' : 'button-primary'}`}
        />
      </form>
    </div>
  )
}
