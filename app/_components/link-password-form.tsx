'use client'

import type { FormEvent, ReactNode } from 'react'
import { FormAlert } from './form-alert.tsx'
import type { FormDraft } from './form-draft.ts'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { RememberField } from './remember-field.tsx'
import { tellOtherTabs } from './session-channel.ts'
import { StrengthMeter } from './strength-meter.tsx'
import { SubmitButton } from './submit-button.tsx'
import { TextField } from './text-field.tsx'
import { TokenField } from './token-field.tsx'
import { useForm } from './use-form.ts'
import { useStrength } from './use-strength.ts'
import { UsernameField } from './username-field.tsx'

interface LinkPasswordFormProps {
  action: string
  token: string
  /** Whose password it will be, as far as that is known. */
  email?: string
  label: string
  pendingLabel: string
  /** Where success leads. */
  leadsTo: string
  /** Whether it also makes the account, and signs in. */
  isSignup?: boolean
  problem: FormProblem | null
  draft: FormDraft
  /** Stands in the place of the fields when the link does not work. */
  children: ReactNode
}

/** Chooses a password by a mailed link. */
export function LinkPasswordForm({
  action,
  token,
  email,
  leadsTo,
  isSignup,
  problem: initial,
  draft,
  children,
  ...labels
}: LinkPasswordFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useForm(initial, () => {
    tellOtherTabs({ kind: isSignup ? 'signed-in' : 'ended' })
    location.assign(leadsTo)
  })
  const { strength, measure } = useStrength(formProps.ref, 'password', personalFields)

  function onInput(event: FormEvent<HTMLFormElement>) {
    formProps.onInput(event)
    measure()
  }

  return (
    <form {...formProps} onInput={onInput} action={action} className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={leadsTo} />
      {problem?.code === 'invalid_link' ? (
        children
      ) : (
        <>
          <TokenField token={token} />
          {isSignup && (
            <TextField
              name="name"
              label="Name"
              optional
              error={errorOf('name')}
              defaultValue={draft.name}
              maxLength={100}
              autoComplete="name"
            />
          )}
          {email && <UsernameField email={email} />}
          <PasswordField
            label={isSignup ? 'Password' : 'New password'}
            autoComplete="new-password"
            error={errorOf('password')}
            minLength={8}
            hintId="password-hint"
            pending={pending}
          >
            <StrengthMeter id="password-hint" strength={strength} />
          </PasswordField>
          {isSignup && <RememberField defaultChecked={draft.remember} />}
          <SubmitButton {...labels} pending={pending} mustWait={mustWait} />
        </>
      )}
    </form>
  )
}

function personalFields(fields: FormData): string[] {
  return [String(fields.get('name') ?? ''), String(fields.get('username') ?? '')]
}
