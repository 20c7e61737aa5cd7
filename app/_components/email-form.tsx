'use client'

import { EmailField } from './email-field.tsx'
import { FormAlert } from './form-alert.tsx'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { SubmitButton } from './submit-button.tsx'
import { useForm } from './use-form.ts'
import { UsernameField } from './username-field.tsx'

interface EmailFormProps {
  /** The account's address as it is. */
  email: string
  /** What was typed before. */
  typed?: string
  problem: FormProblem | null
}

/** Asks for another address. It becomes the account's once the link that is mailed there is clicked. */
export function EmailForm({ email, typed, problem: initial }: EmailFormProps) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useForm(initial, () =>
    location.assign('/account?done=email#email'),
  )
  return (
    <form {...formProps} action="/api/auth/email/change" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next="/account" />
      <UsernameField email={email} />
      <EmailField
        id="new-email"
        label="New email address"
        autoComplete="email"
        error={errorOf('email')}
        defaultValue={typed}
      />
      <PasswordField
        id="email-password"
        label="Confirm with your password"
        autoComplete="current-password"
        error={errorOf('password')}
        pending={pending}
      />
      <SubmitButton
        label="Change address"
        pendingLabel="Sending a link…"
        pending={pending}
        mustWait={mustWait}
        className="button-primary sm:justify-self-start"
      />
    </form>
  )
}
