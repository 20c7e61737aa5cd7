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
  const [url, decoded] = [parsePath(value), parsePath(decodeFully(value))]
  return url && decoded ? url.pathname + url.search + url.hash : DEFAULT
}

/** Null for what is no path here, or no longer when its dots are resolved: `/.//host`. */
function parsePath(text: string): URL | null {
  const url = PATH.test(text) ? new URL(text, 'https://here.invalid') : null
  return url?.origin === 'https://here.invalid' && PATH.test(url.pathname) ? url : null
}

/**
 * Byte by byte, leaving what is malformed, as the most lenient reader would. Encodings can be stacked; three layers are more
 * than any honest link has, and give an empty text.
 */
function decodeFully(value: string): string {
  let text = value
  for (let layer = 0; layer < 3; layer++) {
    const next = text.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (next === text) return text
    text = next
  }
  return ''
}
