import { FIELD_MESSAGES, type FieldIssue } from '@/lib/auth/field-messages.ts'
import type { HttpError } from '@/lib/http/problem.ts'
import { first, type Query } from './query.ts'

/** Why a form was not accepted. */
export interface FormProblem {
  /** A `code` of the HTTP contract, or `unreachable`. */
  code: string
  /** One message per field, by its name. */
  fields: Record<string, string>
  /** Seconds until another attempt can succeed, where waiting is what helps; else 0. */
  retryAfter: number
}

export const UNREACHABLE: FormProblem = { code: 'unreachable', fields: {}, retryAfter: 0 }

const FIELDS = ['name', 'email', 'password', 'currentPassword', 'newPassword', 'code']

/** Parameters of an address that tell of a problem. */
export const PROBLEM_PARAMETERS = ['error', 'form', 'retry', ...FIELDS]

/** When a limited answer does not say how long. Seconds. */
const DEFAULT_RETRY = 60
const LONGEST_RETRY = 24 * 60 * 60

const MESSAGES = new Map([
  ['invalid_credentials', "That email and password don't match."],
  ['email_taken', 'There is already an account with that email.'],
  ['wrong_password', "That isn't your password."],
  ['invalid_link', 'That link was used already, or its time is over.'],
  ['invalid_code', "That code doesn't work. Check it, or ask for a new one."],
  ['email_unverified', 'Please confirm your email address first.'],
  ['unauthenticated', 'You are no longer signed in.'],
  ['forbidden', 'Your account may not do that.'],
  ['not_found', "We couldn't find that. It may be gone already."],
  ['invalid_fields', 'Please check what you typed and try again.'],
  ['store_unavailable', "We can't reach our database right now. Nothing was lost; please try again in a moment."],
  ['mail_unavailable', "We can't send mail right now. Nothing was changed; please try again in a moment."],
  ['unreachable', "We couldn't reach the server. Your details are still here — try again."],
  ['cross_origin', 'For your safety, we only take this form from our own page. Please reload it and try again.'],
  ['body_too_large', 'That is more text than we can take. Please shorten it and try again.'],
  ['malformed_body', "Your details didn't arrive in one piece. Please try again."],
])

export function messageFor(code: string): string {
  return MESSAGES.get(code) ?? 'Something went wrong on our side. Please try again in a moment.'
}

/**
 * The problem that a form post without JavaScript was sent back with; field issues come as codes.
 *
 * @param form its name, where the page holds several
 */
export function problemFromQuery(query: Query, form?: string): FormProblem | null {
  const code = first(query.error)
  if (!code || first(query.form) !== form) return null
  const fields: Record<string, string> = {}
  for (const name of FIELDS) {
    const issue = first(query[name])
    if (issue && isFieldIssue(issue)) fields[name] = FIELD_MESSAGES[issue]
  }
  return { code, fields, retryAfter: retryAfter(code, first(query.retry)) }
}

/** The problem that a Server Action gives back. */
export function problemOf(error: HttpError): FormProblem {
  const fields: Record<string, string> = {}
  if (error.code === 'invalid_fields') {
    for (const [name, [issue] = []] of Object.entries(error.fields)) if (issue) fields[name] = FIELD_MESSAGES[issue]
  }
  return { code: error.code, fields, retryAfter: 0 }
}

/** The problem in an answer to a JSON request: problem details, or whatever stood in the way of them. */
export async function problemFromAnswer(answer: Response): Promise<FormProblem> {
  const body: unknown = await answer.json().catch(() => null)
  const code = isRecord(body) && typeof body.code === 'string' ? body.code : 'unexpected'
  const fields: Record<string, string> = {}
  if (isRecord(body) && isRecord(body.errors)) {
    for (const name of FIELDS) if (body.errors[name]) fields[name] = [body.errors[name]].flat().join(' ')
  }
  return { code, fields, retryAfter: retryAfter(code, answer.headers.get('retry-after')) }
}

function retryAfter(code: string, seconds: string | null | undefined): number {
  if (code !== 'rate_limited') return 0
  const value = Math.ceil(Number(seconds))
  return value > 0 ? Math.min(value, LONGEST_RETRY) : DEFAULT_RETRY
}

function isFieldIssue(code: string): code is FieldIssue {
  return Object.hasOwn(FIELD_MESSAGES, code)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
