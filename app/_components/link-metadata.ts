import type { Metadata } from 'next'

/**
 * Of a page behind a mailed link, which holds a token: no search engine keeps it, and no request tells its whole address.
 * (`no-referrer` would keep the origin from our own forms as well.)
 */
export function linkMetadata(title: string, description: string): Metadata {
  return { title, description, robots: { index: false, follow: false }, referrer: 'strict-origin' }
}
