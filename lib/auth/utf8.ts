const encoder = new TextEncoder()

/** The bytes of `text` in UTF-8. */
export function utf8(text: string) {
  return encoder.encode(text)
}
