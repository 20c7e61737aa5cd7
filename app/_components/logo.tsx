/** The mark: a gate within an arch. */
export function Mark({ className }: { className?: string }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeLinecap="round"
      className={className}
      aria-hidden="true"
    >
      <path d="M4 21V11a8 8 0 0 1 16 0v10M9 21v-9a3 3 0 0 1 6 0v9" strokeWidth="2.25" />
    </svg>
  )
}

export function Logo() {
  return (
    <a
      href="/"
      className="-ml-2 inline-flex min-h-11 items-center gap-2 rounded-lg px-2 text-lg font-semibold tracking-tight"
    >
      <Mark className="size-6 text-accent" />
      Gatehouse
    </a>
  )
}
