'use client'

import { FormAlert } from './form-alert.tsx'
import type { FormProblem } from './form-problem.ts'
import { PasswordField } from './password-field.tsx'
import { tellOtherTabs } from './session-channel.ts'
import { SubmitButton } from './submit-button.tsx'
import { useForm } from './use-form.ts'
import { UsernameField } from './username-field.tsx'

export function DeleteAccountForm({ email, problem: initial }: { email: string; problem: FormProblem | null }) {
  const { formProps, pending, problem, secondsLeft, errorOf, mustWait } = useForm(initial, () => {
    tellOtherTabs({ kind: 'signed-out' })
    location.assign('/login?done=deleted')
  })
  return (
    <form {...formProps} action="/api/me" className="grid gap-5">
      <FormAlert problem={problem} secondsLeft={secondsLeft} next="/account" />
      <input type="hidden" name="_method" value="DELETE" />
      <UsernameField email={email} />
      <PasswordField
        id="delete-password"
        label="Your password"
        autoComplete="current-password"
        error={errorOf('password')}
        pending={pending}
      />
      <SubmitButton
        label="Delete my account"
        pendingLabel="Deleting…"
        pending={pending}
        mustWait={mustWait}
        className="button-danger sm:justify-self-start"
      />
    </form>
  )
}
