const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Without what ends the host in a URL: a `Host` field that is empty or has one of these would choose the path as well. */
const HOST = /^[^/\\?#@\s]+$/

/**
 * Tells whether a browser sent a state-changing request from another origin, as its `Sec-Fetch-Site` or `Origin` says.
 * Clients that send neither are no browsers, and carry no one's cookies by accident.
 *
 * @param issuer our configured address, which counts as this origin too (a proxy may show us another host)
 */
export function isCrossOrigin(request: Request, url: URL, issuer: string): boolean {
  if (SAFE_METHODS.has(request.method)) return false
  const site = request.headers.get('sec-fetch-site')
  if (site !== null && site !== 'same-origin' && site !== 'none') return true
  const origin = request.headers.get('origin')
  if (origin === null) return false
  // A privacy setting may blank the origin of a request that the browser itself vouches for.
  if (origin === 'null') return site !== 'same-origin'
  return origin !== url.origin && origin !== new URL(issuer).origin
}

/** The request's URL with the host that the client wrote: Next's own `url` calls every loopback address `localhost`. */
export function readUrl(request: Request): URL {
  const url = new URL(request.url)
  const host = request.headers.get('host') ?? url.host
  if (host === url.host) return url
  const addressed = `${url.protocol}//${host}${url.pathname}${url.search}`
  return HOST.test(host) && URL.canParse(addressed) ? new URL(addressed) : url
}
