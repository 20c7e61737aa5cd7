const DEFAULT = '/dashboard'

/** No control characters, no backslash (browsers read it as a slash), and exactly one slash to begin with. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const PATH = /^\/(?![/\\])[^\\\u0000-\u001f\u007f]*$/

/**
 * Where a sign-in leads: `value` when it is a path on this origin, in plain and in decoded form, else `/dashboard`. In the
 * spelling of URLs, all ASCII, since header fields hold nothing else.
 */
export function safeNext(value: unknown): string {
  if (typeof value !== 'string') return DEFAULT
  const decoded = decodeFully(value)
  if (decoded === null || !PATH.test(value) || !PATH.test(decoded)) return DEFAULT
  const { origin, pathname, search, hash } = new URL(value, 'https://here.invalid')
  return origin === 'https://here.invalid' && PATH.test(pathname) ? pathname + search + hash : DEFAULT
}

/** Encodings can be stacked; three layers are more than any honest link has. */
function decodeFully(value: string): string | null {
  let text = value
  for (let layer = 0; layer < 3; layer++) {
    try {
      const next = decodeURIComponent(text)
      if (next === text) return text
      text = next
    } catch {
      return null
    }
  }
  return null
}
