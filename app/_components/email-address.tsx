/** An address in a text: it stands out, and breaks wherever it must to fit. */
export function EmailAddress({ children }: { children: string }) {
  return <strong className="font-medium wrap-anywhere text-ink">{children}</strong>
}
