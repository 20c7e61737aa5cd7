import type { FieldIssue } from './field-messages.ts'

/** In UTF-16 units, as browsers count `maxlength`. */
const MAX_LENGTH = 100

export type PersonName =
  | { ok: true /** Trimmed; null for none. */; name: string | null }
  | { ok: false; issue: FieldIssue }

/** Reads a name as a person types it. Whatever people are called, it is one line of text. */
export function parsePersonName(input: string | null): PersonName {
  const name = input?.trim() ?? ''
  if (name.length > MAX_LENGTH) return { ok: false, issue: 'name_too_long' }
  return /\p{Cc}/u.test(name) ? { ok: false, issue: 'invalid' } : { ok: true, name: name || null }
}
