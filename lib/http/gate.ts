/**
 * What happens before a route or a page runs: refuse cross-origin changes, verify the access token, renew it when it has
 * run out, and turn away who is not signed in. A courtesy and an optimisation: nothing behind it relies on it.
 */
import { type AuthenticatedUser, authenticate } from '../auth/authenticate.ts'
import { refresh } from '../auth/refresh.ts'
import type { SessionServices } from '../auth/services.ts'
import type { TrustedProxy } from '../env.ts'
import { isFormPost } from './body.ts'
import { clearedSessionCookies, readCookie, sessionCookies, withCookies } from './cookies.ts'
import { readPresented, storeFailure } from './endpoint.ts'
import { isCrossOrigin } from './origin.ts'
import { plainPage } from './plain-page.ts'
import { type HttpError, problem } from './problem.ts'
import { UNCACHED } from './security-headers.ts'
import { readVisitor } from './visitor.ts'

/** What the gate decided. Cookies belong on the answer in either case. */
export type Passage =
  | { kind: 'answer'; response: Response; setCookies: string[] }
  /** `cookie`: the request's `Cookie` header as what runs behind should see it; null when it is unchanged. */
  | { kind: 'pass'; setCookies: string[]; cookie: string | null; isPrivate: boolean }

/** These set the session's cookies themselves: one writer per cookie. */
const COOKIE_WRITERS = [
  '/api/auth/signup',
  '/api/auth/signup/finish',
  '/api/auth/login',
  '/api/auth/login/link/confirm',
  '/api/auth/login/code',
  '/api/auth/refresh',
  '/api/auth/logout',
  '/api/auth/password/reset',
  '/api/auth/secure',
]
const SESSION = '/api/auth/session'
/** Open to everyone. All else under `/api` needs a session. */
const PUBLIC_API = [
  SESSION,
  '/api/auth/login/link',
  '/api/auth/password/forgot',
  '/api/auth/email/verify',
  '/api/health',
]
const KEY_SET = '/.well-known/jwks.json'
const PRIVATE_PAGES = ['/dashboard', '/account', '/admin']
const READING = ['GET', 'HEAD']
const GUEST_PAGES = ['/login', '/signup']

/**
 * @param proxy whose word to take for the client's address
 * @throws what is not the store's failure
 */
export async function passGate(
  services: SessionServices,
  proxy: TrustedProxy,
  request: Request,
  url: URL,
): Promise<Passage> {
  const path = url.pathname
  if (isCrossOrigin(request, url, services.issuer)) return answerWith(problem({ code: 'cross_origin' }))
  if (COOKIE_WRITERS.includes(path)) return { kind: 'pass', setCookies: [], cookie: null, isPrivate: true }
  // The same for everyone, so caches may keep it: no renewal on the way.
  if (path === KEY_SET) return { kind: 'pass', setCookies: [], cookie: null, isPrivate: false }

  const isApi = path === '/api' || path.startsWith('/api/')
  const isGuarded = isApi
    ? !PUBLIC_API.includes(path)
    : PRIVATE_PAGES.some((page) => path === page || path.startsWith(`${page}/`))
  const isForm = isFormPost(request)
  const isAction = !isApi && request.method === 'POST' && request.headers.has('next-action')
  const visit = await identify(services, proxy, request, url)
  // A route that takes the cookies away is their one writer, and Next would let caches keep an action's answer. A renewal that
  // its client does not hear of is an answer that was lost: the session bears it.
  if (isAction || (path === '/api/me' && (isForm || request.method === 'DELETE'))) visit.setCookies = []

  // Nobody knows just now who this is: where that is what was asked for, "nobody" would be wrong.
  if (visit.obstacle && (isGuarded || path === SESSION)) {
    if (isApi && !isForm) return answerWith(problem(visit.obstacle))
    return answerWith(plainPage(visit.obstacle, isForm ? pageBehind(request, url) : ''))
  }
  // What comes of a form or an action of somebody who is not signed in (any more), the route or the action tells.
  const answersItself = isApi ? isForm : isAction
  if (!visit.user && isGuarded && !answersItself) {
    const response = isApi ? problem({ code: 'unauthenticated' }) : redirectToLogin(url)
    return answerWith(response, visit.setCookies)
  }
  if (visit.user && GUEST_PAGES.includes(path)) return answerWith(redirect('/dashboard'), visit.setCookies)
  // Pages are for reading. Next would look for a Server Action in every form that they are sent, and fail if there is none.
  if (!isApi && !isAction && !READING.includes(request.method)) {
    return answerWith(problem({ code: 'method_not_allowed', allow: READING.join(', ') }), visit.setCookies)
  }
  // Pages that show a mailed token, or what was typed before.
  const isPersonal = url.searchParams.has('token') || readCookie(request.headers, 'form', url) !== null
  const isPrivate = isApi || isPersonal || visit.user !== null || visit.setCookies.length > 0
  return { kind: 'pass', setCookies: visit.setCookies, cookie: visit.cookie, isPrivate }
}

interface Visit {
  user: Pick<AuthenticatedUser, 'id'> | null
  /** Why we cannot tell who this is, just now. */
  obstacle: HttpError | null
  setCookies: string[]
  cookie: string | null
}

async function identify(services: SessionServices, proxy: TrustedProxy, request: Request, url: URL): Promise<Visit> {
  const { headers } = request
  const presented = readPresented(headers, url)
  const user = await authenticate(services, presented)
  const refreshToken = presented.bearer ? null : readCookie(headers, 'refresh', url)
  if (user || !refreshToken) return { user, obstacle: null, setCookies: [], cookie: null }

  const renewed = await refresh(services, readVisitor(headers, proxy, url), refreshToken).catch(storeFailure)
  if (renewed.ok) {
    const { accessToken, refreshToken: next, user: owner } = renewed.value
    const cookie = withCookies(headers, { access: accessToken, refresh: next }, url)
    return { user: owner, obstacle: null, setCookies: sessionCookies(renewed.value, url, services.clock()), cookie }
  }
  const { error } = renewed
  // Only what is certain takes cookies away: a busy or absent store says nothing about the session.
  if (error.code === 'rate_limited' || error.code === 'store_unavailable') {
    return { user: null, obstacle: error, setCookies: [], cookie: null }
  }
  const cookie = withCookies(headers, { access: null, refresh: null }, url)
  return { user: null, obstacle: null, setCookies: clearedSessionCookies(url), cookie }
}

function answerWith(response: Response, setCookies: string[] = []): Passage {
  return { kind: 'answer', response, setCookies }
}

/** The page of ours that a form was on, as the browser says. In the spelling of URLs, which holds nothing that HTML would read. */
function pageBehind({ headers }: Request, { origin }: URL): string {
  const referrer = headers.get('referer') ?? ''
  return referrer.startsWith(`${origin}/`) ? new URL(referrer).href : '/account'
}

function redirectToLogin(url: URL): Response {
  return redirect(`/login?${new URLSearchParams({ next: url.pathname + url.search })}`)
}

function redirect(location: string): Response {
  return new Response(null, { status: 307, headers: { location, ...UNCACHED } })
}
