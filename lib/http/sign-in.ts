/** What the routes that sign someone in have in common: their fields' schemas, and the two ways of delivering tokens. */
import * as z from 'zod/mini'
import { FIELD_MESSAGES, type FieldIssue } from '../auth/field-messages.ts'
import type { SignedIn } from '../auth/open-session.ts'
import { fail, ok, type Result } from '../auth/result.ts'
import type { Fields } from './body.ts'
import { sessionCookies } from './cookies.ts'
import { type Exchange, json } from './endpoint.ts'
import type { HttpError } from './problem.ts'
import { signedInBody } from './representation.ts'

export const REQUIRED_TEXT = z
  .string('required' satisfies FieldIssue)
  .check(z.minLength(1, 'required' satisfies FieldIssue))

/** A JSON boolean, or a form's checkbox, which is sent only when it is ticked. */
export const CHECKBOX = z.pipe(
  z.optional(z.union([z.boolean(), z.enum(['on', 'true', '1', 'false', '0', ''])], 'invalid' satisfies FieldIssue)),
  z.transform((value) => value === true || value === 'on' || value === 'true' || value === '1'),
)

/** `body` gives the tokens to a client that keeps them itself; else they travel in cookies. */
export const DELIVERY = z._default(z.enum(['cookie', 'body'], 'invalid' satisfies FieldIssue), 'cookie')

/** Parses a route's fields with a schema whose messages are `FieldIssue`s. */
export function parseFields<T>(schema: z.ZodMiniType<T>, fields: Fields): Result<T, HttpError> {
  const { data, error } = z.safeParse(schema, fields)
  if (!error) return ok(data)
  const issues: Partial<Record<string, FieldIssue[]>> = {}
  for (const { path, message } of error.issues) {
    const field = String(path[0])
    const issue: FieldIssue = message in FIELD_MESSAGES ? (message as FieldIssue) : 'invalid'
    issues[field] = [...(issues[field] ?? []), issue]
  }
  return fail({ code: 'invalid_fields', fields: issues })
}

/** `{ user, session }`, with the tokens in cookies or, for `body`, beside it. */
export function signedInAnswer(
  { url, services }: Pick<Exchange, 'url' | 'services'>,
  signedIn: SignedIn,
  { status = 200, delivery = 'cookie' }: { status?: number; delivery?: 'cookie' | 'body' } = {},
): Response {
  const now = services.clock()
  const { accessToken, refreshToken, accessExpiresAt } = signedIn
  if (delivery === 'body') {
    return json({ ...signedInBody(signedIn), accessToken, refreshToken, expiresIn: accessExpiresAt - now }, status)
  }
  const answer = json(signedInBody(signedIn), status)
  for (const cookie of sessionCookies(signedIn, url, now)) answer.headers.append('set-cookie', cookie)
  return answer
}
