/** Border file: Next's middleware. What happens is decided in `lib/http/gate.ts`; here it becomes headers. */
// Not from `next/server`, which brings a parser of user agents along: 8 kB gzipped.
import { NextResponse } from 'next/dist/server/web/spec-extension/response'
import type { NextRequest } from 'next/server'
import { answerSafely } from './lib/http/endpoint.ts'
import { passGate } from './lib/http/gate.ts'
import { readUrl } from './lib/http/origin.ts'
import { DATA_POLICY, pagePolicy, securityHeaders, UNCACHED } from './lib/http/security-headers.ts'
import { currentPlatform, URL_HEADER } from './lib/platform.ts'
import { openSessionServices } from './lib/services.ts'

export const config = { matcher: ['/((?!_next/static/|(?:icon\\.svg|favicon\\.ico)$).*)'] }

export async function middleware(request: NextRequest): Promise<Response> {
  const url = readUrl(request)
  const isData = url.pathname.startsWith('/api/') || url.pathname.startsWith('/.well-known/')
  const nonce = btoa(crypto.randomUUID())
  const policy = isData ? DATA_POLICY : pagePolicy(nonce, process.env.NODE_ENV === 'development')
  const response = await answerSafely(request, () => pass(request, url, policy))
  // On Pages, Next's static error page would replace the problem; the route, which locks itself, answers as documented.
  if (response.status === 500 && isData) return NextResponse.next()
  for (const [name, value] of Object.entries(securityHeaders(policy, url))) response.headers.set(name, value)
  return response
}

async function pass(request: NextRequest, url: URL, policy: string): Promise<Response> {
  const { services, proxy } = await openSessionServices(currentPlatform(), url.origin)
  const passage = await passGate(services, proxy, request, url)
  const response = passage.kind === 'answer' ? passage.response : forward(request, url, policy, passage.cookie)
  // Next takes only whole addresses from middleware.
  const location = response.headers.get('location')
  if (location) response.headers.set('location', url.origin + location)
  if (passage.kind === 'pass' && passage.isPrivate) response.headers.set('cache-control', UNCACHED['cache-control'])
  for (const cookie of passage.setCookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Next reads the nonce for its own scripts from the policy on the request. */
function forward(request: NextRequest, url: URL, policy: string, cookie: string | null): Response {
  const headers = new Headers(request.headers)
  headers.set('content-security-policy', policy)
  headers.set(URL_HEADER, url.href)
  if (cookie !== null) headers.set('cookie', cookie)
  return NextResponse.next({ request: { headers } })
}
