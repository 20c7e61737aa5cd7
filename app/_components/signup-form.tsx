'use client'

import { type FormEvent, useEffect, useState } from 'react'
import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { AuthFormProps } from './login-form.tsx'
import { PasswordField } from './password-field.tsx'
import { estimateStrength, NOTHING_TYPED, type Strength } from './password-strength.ts'
import { RememberField } from './remember-field.tsx'
import { StrengthMeter } from './strength-meter.tsx'
import { SubmitButton } from './submit-button.tsx'
import { TextField } from './text-field.tsx'
import { useAuthForm } from './use-auth-form.ts'

export function SignupForm({ next, problem: initial, draft }: AuthFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useAuthForm(initial)
  const [strength, setStrength] = useState(NOTHING_TYPED)

  // The browser, or a password manager, may have filled the form before scripts ran.
  useEffect(() => {
    if (formProps.ref.current) setStrength(strengthIn(formProps.ref.current))
  }, [formProps.ref])

  function onInput(event: FormEvent<HTMLFormElement>) {
    formProps.onInput(event)
    setStrength(strengthIn(event.currentTarget))
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

function strengthIn(form: HTMLFormElement): Strength {
  const data = new FormData(form)
  return estimateStrength(String(data.get('password')), [String(data.get('name')), String(data.get('email'))])
}
