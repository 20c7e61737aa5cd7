'use client'

import type { ReactNode } from 'react'
import { FormAlert } from './form-alert.tsx'
import type { FormProblem } from './form-problem.ts'
import { RememberField } from './remember-field.tsx'
import { tellOtherTabs } from './session-channel.ts'
import { SubmitButton } from './submit-button.tsx'
import { TokenField } from './token-field.tsx'
import { useForm } from './use-form.ts'

interface LinkFormProps {
  action: string
  token: string
  label: string
  pendingLabel: string
  /** Where success leads. */
  leadsTo: string
  /** What becomes of the browser's session. */
  session?: 'signed-in' | 'ended'
  problem: FormProblem | null
  /** Stands in the place of the button when the link does not work. */
  children: ReactNode
}

/** The button behind a mailed link. Opening the link does nothing by itself: programs that look for harm open every link. */
export function LinkForm({ action, token, leadsTo, session, problem: initial, children, ...labels }: LinkFormProps) {
  const { formProps, pending, problem, secondsLeft, mustWait } = useForm(initial, () => {
    if (session) tellOtherTabs({ kind: session })
    location.assign(leadsTo)
  })
  return (
    <form {...formProps} action={action} className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={session === 'signed-in' ? leadsTo : undefined} />
      {problem?.code === 'invalid_link' ? (
        children
      ) : (
        <>
          <TokenField token={token} />
          {session === 'signed-in' && (
            <>
              <input type="hidden" name="next" value={leadsTo} />
              <RememberField />
            </>
          )}
          <SubmitButton {...labels} pending={pending} mustWait={mustWait} />
        </>
      )}
    </form>
  )
}
