import type { User } from './contract.ts'
import { fold } from './fold.ts'

/** Terms of a name; what is behind them in a longer one cannot be searched for. */
const MAX_NAME_TERMS = 12

const PART = /[\p{L}\p{M}\p{N}]+/gu
const WORD = /[\p{L}\p{M}\p{N}]+(?:['’.-][\p{L}\p{M}\p{N}]+)*/gu

/** What an account can be found by, folded, each once: its address, its domain with the `@`, and the words of its name. */
export function searchTerms({ email, name }: Pick<User, 'email' | 'name'>): string[] {
  return [...addressTerms(email), ...nameTerms(name)]
}

export function addressTerms(email: string): string[] {
  const address = fold(email)
  return [...new Set([address, address.slice(address.lastIndexOf('@'))])]
}

/** Words as they are written and their parts: `o'brien`, `o`, `brien`. None of them is an address's: those have an `@`. */
export function nameTerms(name: string | null): string[] {
  const words = fold(name ?? '').match(WORD) ?? []
  return [...new Set(words.flatMap((word) => [word, ...(word.match(PART) ?? [])]))].slice(0, MAX_NAME_TERMS)
}

/** Tells whether an account belongs into a list at `term`: it may have several terms with that prefix, and appears once. */
export function isListedBy(term: string, prefix: string, user: Pick<User, 'email' | 'name'>): boolean {
  const [first] = searchTerms(user)
    .filter((each) => each.startsWith(prefix))
    .sort(byCodePoint)
  return first === term
}

/**
 * The terms with how many characters each has in common with an earlier one (in their order) of the same account: it is the
 * account's first term under a prefix that it begins with if, and only if, that prefix is longer.
 */
export function placedTerms(user: Pick<User, 'email' | 'name'>): { term: string; shared: number }[] {
  const terms = searchTerms(user).sort(byCodePoint)
  // Of all that come before it in this order, the last has the most in common with a term.
  return terms.map((term, index) => ({ term, shared: commonLength(term, terms[index - 1] ?? '') }))
}

function commonLength(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((char, index) => char !== right[index])
  return at < 0 ? left.length : at
}

/** The order of UTF-8, in which Redis and SQLite compare; that of UTF-16 puts U+FFFF behind what lies above it. */
export function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]]
  const at = left.findIndex((char, index) => char !== right[index])
  return at < 0 ? left.length - right.length : (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? -1)
}
