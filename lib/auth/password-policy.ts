/** Which passwords we take: NIST SP 800-63B-4 §3.1.1.2. Length and a list of bad ones; no rules of composition. */
import { COMMON_PASSWORDS } from './common-passwords.ts'
import type { FieldIssue } from './field-messages.ts'
import { lazy } from './lazy.ts'

/** In characters (code points) after NFKC. */
const MIN_LENGTH = 8
const MAX_LENGTH = 256

/** Letters and digits that a password must have beyond its owner's own words. */
const MIN_OTHER_CHARACTERS = 5
/** Shorter words of the owner's turn up in good passwords by chance. */
const MIN_WORD_LENGTH = 3

/** What people put behind a common password when asked for another: a year, `123`, `!`. */
const SUFFIX = /[^\p{L}]{1,6}$/u

/** Day, month and year in any order that people write them: a third of the most common passwords are such. */
const DATE = /^(?:(?:0[1-9]|[12]\d|3[01]){2}(?:19|20)\d\d|(?:19|20)\d\d(?:0[1-9]|[12]\d|3[01]){2})$/

const COMMON = lazy(() => new Set(unpack(COMMON_PASSWORDS)))

/** What is wrong with a new password of the account's owner, or null. */
export function passwordIssue(password: string, owner: { email: string; name: string | null }): FieldIssue | null {
  const normalized = password.normalize('NFKC')
  if ([...normalized].length < MIN_LENGTH) return 'password_too_short'
  if (isTooLong(password)) return 'password_too_long'
  const folded = normalized.toLowerCase()
  if (DATE.test(folded) || COMMON().has(folded) || COMMON().has(folded.replace(SUFFIX, ''))) return 'password_common'
  return isPersonal(folded, owner) ? 'password_personal' : null
}

/** Tells whether no account can have this password, so that it need not be hashed. */
export function isTooLong(password: string): boolean {
  return [...password.normalize('NFKC')].length > MAX_LENGTH
}

function isPersonal(folded: string, { email, name }: { email: string; name: string | null }): boolean {
  const own = `${email} ${name ?? ''}`.normalize('NFKC').toLowerCase()
  const words = [...own.split(/\s+/), ...own.split(/[\s@]+/), ...own.split(/[^\p{L}\p{N}]+/u)]
    .filter((word) => [...word].length >= MIN_WORD_LENGTH)
    .sort((a, b) => b.length - a.length)
  const rest = words.reduce((left, word) => left.replaceAll(word, ' '), folded)
  return rest !== folded && rest.replace(/[^\p{L}\p{N}]/gu, '').length < MIN_OTHER_CHARACTERS
}

function* unpack(packed: string): Generator<string> {
  let previous = ''
  for (const [, shared = 'A', rest = ''] of packed.matchAll(/([A-Z])([^A-Z]*)/g)) {
    previous = previous.slice(0, shared.charCodeAt(0) - 65) + rest
    yield previous
  }
}
