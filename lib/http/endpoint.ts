/** The lock on every route: origin, method, body, then the route's own function, and whatever happens becomes a response. */
import type { Presented } from '../auth/authenticate.ts'
import {
  currentUser,
  type GetUser,
  type RequireRole,
  type RequireUser,
  requiring,
  requiringRole,
} from '../auth/current-user.ts'
import { FIELD_MESSAGES } from '../auth/field-messages.ts'
import { MailUnavailable } from '../auth/mail.ts'
import { fail, ok, type Result } from '../auth/result.ts'
import type { MailingServices, Visitor } from '../auth/services.ts'
import { SettingsError } from '../env.ts'
import { StoreUnavailable } from '../store/deadline.ts'
import { type Fields, isFormPost, readFields } from './body.ts'
import { readCookie } from './cookies.ts'
import { type FormPages, pageOf, redirectBack, redirectOn } from './form.ts'
import { isCrossOrigin, readUrl } from './origin.ts'
import { type HttpError, problem } from './problem.ts'
import { UNCACHED } from './security-headers.ts'

/** One request, parsed as far as every route needs it. */
export interface Exchange {
  services: MailingServices
  url: URL
  headers: Headers
  visitor: Visitor
  presented: Presented
  /** Who is signed in, or null; found out once. */
  getUser: GetUser
  /** Who is signed in, or the refusal to answer with. */
  requireUser: RequireUser
  /** Who is signed in and has the role, or the refusal. */
  requireRole: RequireRole
  refreshCookie: string | null
  /** The body's fields, still to be parsed by the route. */
  fields: Fields
}

export type Handler = (exchange: Exchange) => Promise<Result<Response, HttpError>>

const WITHOUT_BODY = ['GET', 'HEAD', 'OPTIONS'] as const
const WITH_BODY = ['POST', 'PUT', 'PATCH', 'DELETE'] as const

type Method = (typeof WITHOUT_BODY)[number] | (typeof WITH_BODY)[number]
const METHODS: readonly Method[] = [...WITHOUT_BODY, ...WITH_BODY]

/** A route's functions by method. `HEAD` and `OPTIONS` follow from them. */
export type Handlers = Partial<Record<Exclude<Method, 'HEAD' | 'OPTIONS'>, Handler>>
type HandlersByMethod = ReadonlyMap<string, Handler>
type Endpoint = Record<Method, (request: Request) => Promise<Response>>

/** What the host knows of a request, and the services for it. */
export interface World {
  services: MailingServices
  visitor: Visitor
}

/**
 * A function for every method, so that a wrong one is answered by us, with `Allow`, on every host.
 *
 * @param open finds the services for a request
 * @param forms where a page's form post to this route leads (see `isFormPost`)
 */
export function endpoint(
  open: (request: Request, url: URL) => Promise<World>,
  handlers: Handlers,
  forms?: FormPages,
): Endpoint {
  const byMethod = new Map<string, Handler>(Object.entries(handlers))
  const answer = (request: Request) => answerSafely(request, () => respond(request, open, byMethod, forms))
  return Object.fromEntries(METHODS.map((method) => [method, answer])) as Endpoint
}

async function respond(
  request: Request,
  open: (request: Request, url: URL) => Promise<World>,
  handlers: HandlersByMethod,
  forms: FormPages | undefined,
): Promise<Response> {
  const { method, headers } = request
  if (method === 'OPTIONS')
    return new Response(null, { status: 204, headers: { allow: allowedBy(handlers), ...UNCACHED } })
  const isForm = forms !== undefined && isFormPost(request)
  const named = findHandler(handlers, method)
  if (!named && !isForm) return problem({ code: 'method_not_allowed', allow: allowedBy(handlers) })
  const url = readUrl(request)
  const { services, visitor } = await open(request, url)
  if (isCrossOrigin(request, url, services.issuer)) return problem({ code: 'cross_origin' })

  const body = WITH_BODY.some((name) => name === method) ? await readFields(request) : ok({})
  const fields = body.ok ? body.value : {}
  const asked = isForm ? findHandler(handlers, formMethod(fields)) : named
  const handle: Handler | undefined = body.ok ? asked : async () => body
  if (!handle) return problem({ code: 'method_not_allowed', allow: allowedBy(handlers) })
  const presented = readPresented(headers, url)
  const getUser = currentUser(services, presented)
  const exchange = {
    services,
    url,
    headers,
    visitor,
    presented,
    getUser,
    requireUser: requiring(getUser),
    requireRole: requiringRole(getUser),
    refreshCookie: readCookie(headers, 'refresh', url),
    fields,
  }
  const result = await handle(exchange).catch(outage)
  if (isForm) {
    const page = pageOf(forms, formMethod(fields), url)
    return result.ok ? redirectOn(result.value, page, fields) : redirectBack(result.error, page, fields, url)
  }
  if (!result.ok) return problem(result.error, FIELD_MESSAGES)
  return method === 'HEAD' ? new Response(null, result.value) : result.value
}

function findHandler(handlers: HandlersByMethod, method: string): Handler | undefined {
  return handlers.get(method === 'HEAD' ? 'GET' : method)
}

function allowedBy(handlers: HandlersByMethod): string {
  return METHODS.filter((method) => method === 'OPTIONS' || findHandler(handlers, method)).join(', ')
}

/** Forms can only post: the method that one stands for is in its field `_method`. */
function formMethod({ _method: method }: Fields): string {
  return method === 'PATCH' || method === 'DELETE' ? method : 'POST'
}

/** The tokens that a request shows. Another scheme than Bearer is not ours to judge. */
export function readPresented(headers: Headers, url: URL): Presented {
  const [, bearer = null] = /^Bearer +(\S+) *$/i.exec(headers.get('authorization') ?? '') ?? []
  return { bearer, accessCookie: readCookie(headers, 'access', url) }
}

/** Runs `work`; what it throws becomes a problem for the client and a line for the log. */
export async function answerSafely(request: Request, work: () => Promise<Response>): Promise<Response> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreUnavailable) return problem(storeFailure(error).error)
    const instance = `urn:uuid:${crypto.randomUUID()}`
    const { pathname } = new URL(request.url)
    const detail = error instanceof SettingsError ? error.message : undefined
    const cause = detail ?? (error instanceof Error ? error.stack : String(error))
    console.error(JSON.stringify({ time: new Date().toISOString(), event: 'error', instance, path: pathname, cause }))
    return problem({ code: 'internal_error', instance, detail })
  }
}

/** The refusal for a provider of mail that takes none, or a store that is out of reach, which it also logs. */
function outage(error: unknown) {
  if (!(error instanceof MailUnavailable)) return storeFailure(error)
  logOutage('mail.unavailable', error.message)
  return fail({ code: 'mail_unavailable' as const })
}

/** The refusal for a store that is out of reach, which it also logs; anything else is thrown on. */
export function storeFailure(error: unknown) {
  if (!(error instanceof StoreUnavailable)) throw error
  const reason = error.cause instanceof Error ? error.cause.message : error.message
  logOutage('store.unavailable', reason)
  return fail({ code: 'store_unavailable' as const })
}

function logOutage(event: string, reason: string): void {
  console.error(JSON.stringify({ time: new Date().toISOString(), event, reason }))
}

/** A JSON answer that no cache keeps. */
export function json(body: unknown, status = 200): Response {
  return Response.json(body, { status, headers: UNCACHED })
}

/** 204, with these `Set-Cookie` values. */
export function noContent(setCookies: string[] = []): Response {
  return withoutBody(204, setCookies)
}

/** 202: what comes of it, comes by mail. */
export function accepted(setCookies: string[] = []): Response {
  return withoutBody(202, setCookies)
}

function withoutBody(status: number, setCookies: string[]): Response {
  const answer = new Response(null, { status, headers: UNCACHED })
  for (const cookie of setCookies) answer.headers.append('set-cookie', cookie)
  return answer
}
