/** Where a sign-in leads that nobody asked elsewhere. */
const DEFAULT_NEXT = '/dashboard'

/** `path` with `next` in its query, unless a sign-in leads there anyway. */
export function withNext(path: string, next?: string): string {
  return next && next !== DEFAULT_NEXT ? `${path}?next=${encodeURIComponent(next)}` : path
}
