import { TextField } from './text-field.tsx'

export function EmailField({ error, defaultValue }: { error?: string; defaultValue?: string }) {
  return (
    <TextField
      name="email"
      type="email"
      label="Email"
      error={error}
      defaultValue={defaultValue}
      required
      maxLength={254}
      autoComplete="username"
      inputMode="email"
      autoCapitalize="none"
      spellCheck={false}
    />
  )
}
