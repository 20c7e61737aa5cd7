interface SubmitButtonProps {
  label: string
  pendingLabel: string
  pending: boolean
  /** Nothing to be gained from another attempt yet. */
  mustWait: boolean
}

export function SubmitButton({ label, pendingLabel, pending, mustWait }: SubmitButtonProps) {
  return (
    <button type="submit" className="button button-primary min-h-12 w-full" disabled={pending || mustWait}>
      {pending ? pendingLabel : label}
    </button>
  )
}
