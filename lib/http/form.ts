/** Answers to a page's form without JavaScript: redirects (303), to where the form leads or back to it. */
import { encode } from 'jose/base64url'
import type { Fields } from './body.ts'
import { setCookie } from './cookies.ts'
import { safeNext } from './next-path.ts'
import { type HttpError, retryAfterSeconds } from './problem.ts'
import { UNCACHED } from './security-headers.ts'

/** The page that holds a form. */
export interface FormPage {
  page: string
  /** Name of the form, and id of its part of the page, where the page holds several. */
  form?: string
  /** Where its success leads unless its field `next` says otherwise; `/dashboard` where it is left out. */
  leadsTo?: string
  /** Where a success leads that is only a beginning (202). */
  acceptedAt?: string
  /** Takes `next` along to `leadsTo`. */
  keepsNext?: true
}

/** Of a route that takes one form, its page; of one that takes several, the page by the method a form stands for. */
export type FormPages = FormPage | ((method: string, url: URL) => FormPage)

export function pageOf(forms: FormPages, method: string, url: URL): FormPage {
  return typeof forms === 'function' ? forms(method, url) : forms
}

/** How long the form keeps what was typed after a refusal, in seconds. */
const TYPED_FIELDS_TTL = 120

/** Leads on, and takes the answer's cookies along. */
export function redirectOn(answer: Response, page: FormPage, fields: Fields): Response {
  const headers = new Headers(answer.headers)
  headers.delete('content-type')
  headers.set('location', (answer.status === 202 && page.acceptedAt) || successOf(page, fields))
  return new Response(null, { status: 303, headers })
}

function successOf({ leadsTo, keepsNext }: FormPage, fields: Fields): string {
  const next = safeNext(fields.next)
  const isNamed = next === fields.next
  if (leadsTo === undefined || (isNamed && !keepsNext)) return next
  return isNamed ? `${leadsTo}&${new URLSearchParams({ next })}` : leadsTo
}

/**
 * Leads back to the form with the refusal's code; who is not signed in (any more), by way of the log-in. What was typed waits
 * there in a short-lived cookie, except passwords.
 */
export function redirectBack(error: HttpError, { page, form }: FormPage, fields: Fields, url: URL): Response {
  if (error.code === 'unauthenticated') {
    const location = `/login?${new URLSearchParams({ next: page })}`
    return new Response(null, { status: 303, headers: { location, ...UNCACHED } })
  }
  const query = new URLSearchParams({ error: error.code, ...(form ? { form } : {}) })
  if (error.code === 'rate_limited') query.set('retry', String(retryAfterSeconds(error)))
  if (error.code === 'invalid_fields') {
    for (const [field, issues] of Object.entries(error.fields)) if (issues?.[0]) query.set(field, issues[0])
  }
  const next = safeNext(fields.next)
  if (next === fields.next) query.set('next', next)
  const headers = new Headers({ location: `${page}?${query}${form ? `#${form}` : ''}`, ...UNCACHED })
  const typed = typedCookie(fields, url)
  if (typed) headers.append('set-cookie', typed)
  return new Response(null, { status: 303, headers })
}

/** The `Set-Cookie` value of what a form shall fill in: what was typed, and the token that must not be in an address. */
export function typedCookie(fields: Fields, url: URL): string | null {
  const typed = typedFields(fields)
  return typed && setCookie('form', typed, url, TYPED_FIELDS_TTL)
}

/** Base64url of the JSON of what to fill in again; null when there is nothing, or more than a cookie should hold. */
function typedFields({ email, name, remember, token }: Fields): string | null {
  if (!email && !name && !token) return null
  const value = encode(JSON.stringify({ email, name, remember: Boolean(remember), token }))
  return value.length <= 2_048 ? value : null
}
