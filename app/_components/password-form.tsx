'use client'

import { type FormEvent, useCallback } from 'react'
import { FormAlert } from './form-alert.tsx'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { StrengthMeter } from './strength-meter.tsx'
import { SubmitButton } from './submit-button.tsx'
import { useForm } from './use-form.ts'
import { useStrength } from './use-strength.ts'
import { UsernameField } from './username-field.tsx'

interface PasswordFormProps {
  email: string
  name: string | null
  problem: FormProblem | null
}

export function PasswordForm({ email, name, problem: initial }: PasswordFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useForm(initial, () =>
    location.assign('/account?done=password#password'),
  )
  const personal = useCallback(() => [name ?? '', email], [name, email])
  const { strength, measure } = useStrength(formProps.ref, 'newPassword', personal)

  function onInput(event: FormEvent<HTMLFormElement>) {
    formProps.onInput(event)
    measure()
  }

  return (
    <form {...formProps} onInput={onInput} action="/api/auth/password" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next="/account" />
      <UsernameField email={email} />
      <PasswordField
        name="currentPassword"
        label="Current password"
        autoComplete="current-password"
        error={errorOf('currentPassword')}
        pending={pending}
      />
      <PasswordField
        name="newPassword"
        label="New password"
        autoComplete="new-password"
        error={errorOf('newPassword')}
        minLength={8}
        hintId="new-password-hint"
        pending={pending}
      >
        <StrengthMeter id="new-password-hint" strength={strength} />
      </PasswordField>
      <SubmitButton
        label="Change password"
        pendingLabel="Changing…"
        pending={pending}
        mustWait={mustWait}
        className="button-primary sm:justify-self-start"
      />
    </form>
  )
}
