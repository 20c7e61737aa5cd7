/** What a page gets as `searchParams`. */
export type Query = Record<string, string | string[] | undefined>

/** The first value of a parameter that may come several times. */
export function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
