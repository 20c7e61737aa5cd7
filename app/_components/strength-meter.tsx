import type { Strength } from './password-strength.ts'

const LABELS = ['', 'Weak', 'Fair', 'Good', 'Strong']
const COLORS = ['', 'bg-weak', 'bg-fair', 'bg-good', 'bg-good']
const STEPS = [1, 2, 3, 4]

/** Shows the strength of a new password, in colour and in words. Advises, never blocks. */
export function StrengthMeter({ id, strength: { score, hint } }: { id: string; strength: Strength }) {
  return (
    <div className="mt-2.5">
      {score > 0 && (
        <meter className="sr-only" aria-label="Password strength" min={0} max={4} value={score}>
          {LABELS[score]}
        </meter>
      )}
      <div aria-hidden="true" className={`grid grid-cols-4 gap-1 ${score > 0 ? '' : 'invisible'}`}>
        {STEPS.map((step) => (
          <span
            key={step}
            className={`h-1 rounded-full motion-safe:transition-colors ${step <= score ? COLORS[score] : 'bg-line'}`}
          />
        ))}
      </div>
      <p id={id} aria-live="polite" className="mt-1.5 min-h-10 text-sm text-muted">
        {score > 0 && <span className="font-medium text-ink">{LABELS[score]}. </span>}
        {hint}
      </p>
    </div>
  )
}
