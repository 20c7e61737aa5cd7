import { TextField } from './text-field.tsx'

interface EmailFieldProps {
  id?: string
  label?: string
  /** `username`: the one to log in with. */
  autoComplete?: 'username' | 'email'
  error?: string
  defaultValue?: string
}

export function EmailField({ label = 'Email', autoComplete = 'username', ...field }: EmailFieldProps) {
  return (
    <TextField
      {...field}
      name="email"
      type="email"
      label={label}
      required
      maxLength={254}
      autoComplete={autoComplete}
      inputMode="email"
      autoCapitalize="none"
      spellCheck={false}
    />
  )
}
