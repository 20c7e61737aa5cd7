interface SubmitButtonProps {
  label: string
  pendingLabel: string
  pending: boolean
  /** Nothing to be gained from another attempt yet. */
  mustWait?: boolean
  /** How it looks. */
  className?: string
}

export function SubmitButton({
  label,
  pendingLabel,
  pending,
  mustWait = false,
  className = 'button-primary w-full',
}: SubmitButtonProps) {
  return (
    <button type="submit" className={`button min-h-12 ${className}`} disabled={pending || mustWait}>
      {pending ? pendingLabel : label}
    </button>
  )
}
