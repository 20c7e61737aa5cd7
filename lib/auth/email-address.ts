import { fold } from '../store/fold.ts'
import { lazy } from './lazy.ts'

/** Longest address that SMTP can carry (RFC 5321 §4.5.3.1.3, less the angle brackets). */
const MAX_LENGTH = 254

const LABEL = '[\\p{L}\\p{N}](?:[\\p{L}\\p{M}\\p{N}-]{0,61}[\\p{L}\\p{M}\\p{N}])?'
/** The form that browsers check (WHATWG HTML, "valid e-mail address"), with letters of every script (RFC 6531) and at least one dot in the domain. */
const FORM = lazy(() => new RegExp(`^[\\p{L}\\p{M}\\p{N}.!#$%&'*+/=?^_\`{|}~-]{1,64}@${LABEL}(?:\\.${LABEL})+$`, 'u'))

export type EmailAddress =
  | { ok: true /** As typed, trimmed. */; email: string /** What look-ups go by. */; address: string }
  | { ok: false; issue: 'email_invalid' | 'email_too_long' }

/** Reads an address as a person types it. Two spellings that differ in case, spaces around, or Unicode form are one address. */
export function parseEmailAddress(input: string): EmailAddress {
  const email = input.trim()
  const address = fold(email)
  if (address.length > MAX_LENGTH || email.length > MAX_LENGTH) return { ok: false, issue: 'email_too_long' }
  return FORM().test(address) ? { ok: true, email, address } : { ok: false, issue: 'email_invalid' }
}

/** Tells an address apart in a log without giving it away: `a…@example.com`. */
export function maskEmailAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return `${[...address.slice(0, at)][0] ?? ''}…${address.slice(at)}`
}
