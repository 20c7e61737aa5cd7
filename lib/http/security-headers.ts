/** Header fields of every answer, after the OWASP Secure Headers Project. */
const COMMON = {
  'x-content-type-options': 'nosniff',
  // Not `no-referrer`: with it, browsers blank the Origin of our own forms.
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** For what is one visitor's, or of this moment: no cache keeps it. */
export const UNCACHED = { 'cache-control': 'private, no-store' }

const TWO_YEARS_SECONDS = 63_072_000

/** @param policy the Content-Security-Policy of this answer */
export function securityHeaders(policy: string, url: URL): Record<string, string> {
  const headers: Record<string, string> = { ...COMMON, 'content-security-policy': policy }
  // A mailed link's token is in the address of its page.
  if (url.searchParams.has('token')) headers['referrer-policy'] = 'no-referrer'
  if (url.protocol === 'https:') headers['strict-transport-security'] = `max-age=${TWO_YEARS_SECONDS}`
  return headers
}

/** For answers that are no page: nothing in them may run or load. */
export const DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

/**
 * For pages: scripts run by nonce only, and what those load.
 *
 * @param development lets React's development build evaluate code, and its reload channel connect
 */
export function pagePolicy(nonce: string, development: boolean): string {
  return [
    "default-src 'self'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'${development ? " 'unsafe-eval'" : ''}`,
    `style-src 'self' ${development ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src 'self'${development ? ' ws:' : ''}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}
