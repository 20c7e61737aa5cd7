import { type ReactNode, useState } from 'react'
import { TextField } from './text-field.tsx'
import { useHydrated } from './use-hydrated.ts'

interface PasswordFieldProps {
  name?: string
  id?: string
  label?: string
  autoComplete: 'current-password' | 'new-password'
  error?: string
  minLength?: number
  hintId?: string
  /** While the form is on its way: hides the password, so that password managers recognise the field. */
  pending: boolean
  children?: ReactNode
}

/** Has no `maxLength`: it would cut off the end of a pasted password without a word. */
export function PasswordField({
  name = 'password',
  id = name,
  label = 'Password',
  pending,
  ...field
}: PasswordFieldProps) {
  const [shown, setShown] = useState(false)
  const hydrated = useHydrated()
  return (
    <TextField
      {...field}
      name={name}
      id={id}
      type={shown && !pending ? 'text' : 'password'}
      label={label}
      required
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
      className="pr-13"
      action={
        hydrated && (
          <button
            type="button"
            className="absolute inset-y-0.5 right-0.5 grid w-11 cursor-pointer place-items-center rounded-md text-muted hover:text-ink"
            aria-label={`Show ${label.toLowerCase()}`}
            aria-pressed={shown}
            aria-controls={id}
            onClick={() => setShown(!shown)}
          >
            <Eye open={shown} />
          </button>
        )
      }
    />
  )
}

function Eye({ open }: { open: boolean }) {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.75" className="size-5" aria-hidden="true">
      <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" strokeLinejoin="round" />
      <circle cx="12" cy="12" r="3" />
      {!open && <path d="m4 20 16-16" strokeLinecap="round" />}
    </svg>
  )
}
