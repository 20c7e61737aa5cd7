'use client'

import { type FormEvent, startTransition, useActionState, useEffect, useRef } from 'react'
import { forgetInAddress } from './address.ts'
import { DoneNotice } from './done-notice.tsx'
import { FormAlert } from './form-alert.tsx'
import { type FormProblem, PROBLEM_PARAMETERS, UNREACHABLE } from './form-problem.ts'
import { SubmitButton } from './submit-button.tsx'
import { TextField } from './text-field.tsx'
import { useProblemFocus } from './use-problem-focus.ts'

interface NameState {
  isSaved: boolean
  problem: FormProblem | null
}

interface NameFormProps extends NameState {
  name: string
  /** A Server Action. Handed down: imported here, it would be bundled with a copy of all that it uses. */
  change: (form: FormData) => Promise<FormProblem | null>
}

/** Calls a Server Action; without scripts it posts to the route that does the same. */
export function NameForm({ name, change, ...initial }: NameFormProps) {
  const form = useRef<HTMLFormElement>(null)
  const save = async (_: NameState, fields: FormData): Promise<NameState> => {
    // A lost connection throws, and would take the page away with what was typed.
    const problem = await change(fields).catch(() => UNREACHABLE)
    return { isSaved: problem === null, problem }
  }
  const [{ isSaved, problem }, run, pending] = useActionState(save, initial)

  useEffect(() => {
    if (initial.problem) forgetInAddress(PROBLEM_PARAMETERS)
  }, [initial.problem])
  useProblemFocus(form, problem)

  function onSubmit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    if (!pending) startTransition(() => run(fields))
  }

  return (
    <form ref={form} method="post" action="/api/me" onSubmit={onSubmit} aria-busy={pending} className="grid gap-5">
      {isSaved && !pending && <DoneNotice>Your name was saved.</DoneNotice>}
      {!pending && <FormAlert problem={problem} secondsLeft={0} next="/account" />}
      <input type="hidden" name="_method" value="PATCH" />
      <TextField
        name="name"
        label="Name"
        optional
        error={problem?.fields.name}
        defaultValue={name}
        maxLength={100}
        autoComplete="name"
      />
      <SubmitButton
        label="Save name"
        pendingLabel="Saving…"
        pending={pending}
        className="button-primary sm:justify-self-start"
      />
    </form>
  )
}
