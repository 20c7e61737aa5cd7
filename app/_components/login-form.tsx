'use client'

import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { FormDraft } from './form-draft.ts'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { RememberField } from './remember-field.tsx'
import { SubmitButton } from './submit-button.tsx'
import { useAuthForm } from './use-auth-form.ts'

export interface AuthFormProps {
  next: string
  problem: FormProblem | null
  draft: FormDraft
}

export function LoginForm({ next, problem: initial, draft }: AuthFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useAuthForm(initial)
  return (
    <form {...formProps} action="/api/auth/login" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={next} />
      <input type="hidden" name="next" value={next} />
      <EmailField error={errorOf('email')} defaultValue={draft.email} />
      <PasswordField autoComplete="current-password" error={errorOf('password')} pending={pending} />
      <RememberField defaultChecked={draft.remember} />
      <SubmitButton label="Log in" pendingLabel="Logging in…" pending={pending} mustWait={mustWait} />
    </form>
  )
}
