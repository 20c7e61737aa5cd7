'use client'

import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { FormDraft } from './form-draft.ts'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { RememberField } from './remember-field.tsx'
import { SubmitButton } from './submit-button.tsx'
import { useAuthForm } from './use-auth-form.ts'
import { withNext } from './with-next.ts'

export interface AuthFormProps {
  next: string
  problem: FormProblem | null
  draft: FormDraft
}

interface LoginFormProps extends AuthFormProps {
  canMail: boolean
}

export function LoginForm({ next, problem: initial, draft, canMail }: LoginFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useAuthForm(initial)
  return (
    <form {...formProps} action="/api/auth/login" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={next} />
      <input type="hidden" name="next" value={next} />
      <EmailField error={errorOf('email')} defaultValue={draft.email} />
      <PasswordField autoComplete="current-password" error={errorOf('password')} pending={pending} />
      <RememberField defaultChecked={draft.remember} />
      <SubmitButton label="Log in" pendingLabel="Logging in…" pending={pending} mustWait={mustWait} />
      {canMail && (
        <p className="-my-2 flex flex-wrap justify-between gap-x-6">
          <a className="link inline-flex min-h-11 items-center" href="/forgot-password">
            Forgot your password?
          </a>
          <a className="link inline-flex min-h-11 items-center" href={withNext('/login/link', next)}>
            Email me a log-in link
          </a>
        </p>
      )}
    </form>
  )
}
