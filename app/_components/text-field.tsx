import type { InputHTMLAttributes, ReactNode } from 'react'

interface TextFieldProps extends InputHTMLAttributes<HTMLInputElement> {
  name: string
  label: string
  optional?: boolean
  error?: string
  /** Id of what describes the field beside its error. */
  hintId?: string
  /** Stands at the end of the input, inside its border. */
  action?: ReactNode
  /** Stands below the input. */
  children?: ReactNode
}

/** A labelled input with its error. Its name serves as its id, unless it gets one of its own. */
export function TextField({
  id,
  label,
  optional,
  error,
  hintId,
  action,
  children,
  className = '',
  ...input
}: TextFieldProps) {
  const inputId = id ?? input.name
  const errorId = `${inputId}-error`
  return (
    <div>
      <label htmlFor={inputId} className="mb-1.5 flex items-baseline justify-between font-medium">
        {label}
        {optional && <span className="text-sm font-normal text-muted">Optional</span>}
      </label>
      <div className="relative">
        <input
          {...input}
          id={inputId}
          className={`input ${className}`}
          aria-invalid={error ? true : undefined}
          aria-describedby={[error && errorId, hintId].filter(Boolean).join(' ') || undefined}
        />
        {action}
      </div>
      {error && (
        <p id={errorId} className="mt-1.5 text-sm text-danger">
          {error}
        </p>
      )}
      {children}
    </div>
  )
}
