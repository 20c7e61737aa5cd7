/** Schemas for what clients send. Their messages are `FieldIssue`s. */
import * as z from 'zod/mini'
import { FIELD_MESSAGES, type FieldIssue } from '../auth/field-messages.ts'
import { fail, ok, type Result } from '../auth/result.ts'
import type { Fields } from './body.ts'
import type { HttpError } from './problem.ts'

export const REQUIRED_TEXT = z
  .string('required' satisfies FieldIssue)
  .check(z.minLength(1, 'required' satisfies FieldIssue))

/** A JSON boolean, or what a form says for one. */
export const FLAG = z.pipe(
  z.union([z.boolean(), z.enum(['on', 'true', '1', 'false', '0', ''])], 'invalid' satisfies FieldIssue),
  z.transform((value) => value === true || value === 'on' || value === 'true' || value === '1'),
)

/** A flag whose absence is a no: a form's checkbox is sent only when it is ticked. */
export const CHECKBOX = z._default(FLAG, false)

/** Text, or none of it. */
export const OPTIONAL_TEXT = z._default(z.nullable(z.string('invalid' satisfies FieldIssue)), null)

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
