/** The mark, drawn large: arch within arch, and a way through. */
export function Arches({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 240 280" fill="none" stroke="currentColor" className={className} aria-hidden="true">
      <path d="M8 276V120a112 112 0 0 1 224 0v156" strokeWidth="1.5" opacity=".25" />
      <path d="M32 276V120a88 88 0 0 1 176 0v156" strokeWidth="1.5" opacity=".45" />
      <path d="M56 276V120a64 64 0 0 1 128 0v156" strokeWidth="1.5" opacity=".7" />
      <path d="M80 276V120a40 40 0 0 1 80 0v156Z" fill="currentColor" strokeWidth="0" opacity=".12" />
      <path d="M80 276V120a40 40 0 0 1 80 0v156M0 276h240" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  )
}
