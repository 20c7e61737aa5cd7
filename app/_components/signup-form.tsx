'use client'

import type { FormEvent } from 'react'
import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { AuthFormProps } from './login-form.tsx'
import { PasswordField } from './password-field.tsx'
import { RememberField } from './remember-field.tsx'
import { StrengthMeter } from './strength-meter.tsx'
import { SubmitButton } from './submit-button.tsx'
import { TextField } from './text-field.tsx'
import { useAuthForm } from './use-auth-form.ts'
import { useStrength } from './use-strength.ts'

export function SignupForm({ next, problem: initial, draft }: AuthFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useAuthForm(initial)
  const { strength, measure } = useStrength(formProps.ref, 'password', personalFields)

  function onInput(event: FormEvent<HTMLFormElement>) {
    formProps.onInput(event)
    measure()
  }

  return (
    <form {...formProps} onInput={onInput} action="/api/auth/signup" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={next} />
      <input type="hidden" name="next" value={next} />
      <TextField
        name="name"
        label="Name"
        optional
        error={errorOf('name')}
        defaultValue={draft.name}
        maxLength={100}
        autoComplete="name"
      />
      <EmailField error={errorOf('email')} defaultValue={draft.email} />
      <PasswordField
        autoComplete="new-password"
        error={errorOf('password')}
        minLength={8}
        hintId="password-hint"
        pending={pending}
      >
        <StrengthMeter id="password-hint" strength={strength} />
      </PasswordField>
      <RememberField defaultChecked={draft.remember} />
      <SubmitButton
        label="Create account"
        pendingLabel="Creating your account…"
        pending={pending}
        mustWait={mustWait}
      />
    </form>
  )
}

function personalFields(fields: FormData): string[] {
  return [String(fields.get('name')), String(fields.get('email'))]
}
