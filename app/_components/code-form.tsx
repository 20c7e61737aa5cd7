'use client'

import { FormAlert } from './form-alert.tsx'
import type { FormProblem } from './form-problem.ts'
import { RememberField } from './remember-field.tsx'
import { SubmitButton } from './submit-button.tsx'
import { TextField } from './text-field.tsx'
import { useAuthForm } from './use-auth-form.ts'

/** Room for six digits, however they are set apart. */
const MAX_LENGTH = 16

/** Takes the code of a log-in mail that is read on another device. */
export function CodeForm({ next, problem: initial }: { next: string; problem: FormProblem | null }) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useAuthForm(initial)
  return (
    <form {...formProps} action="/api/auth/login/code" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next={next} />
      <input type="hidden" name="next" value={next} />
      <TextField
        name="code"
        label="Six-digit code"
        error={errorOf('code')}
        required
        maxLength={MAX_LENGTH}
        autoComplete="one-time-code"
        inputMode="numeric"
        autoCapitalize="none"
        autoCorrect="off"
        spellCheck={false}
        className="tracking-widest tabular-nums"
      />
      <RememberField />
      <SubmitButton label="Log in" pendingLabel="Logging in…" pending={pending} mustWait={mustWait} />
    </form>
  )
}
