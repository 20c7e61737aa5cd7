/** Schemas for what clients send. Their messages are `FieldIssue`s. */
import * as z from 'zod/mini'
import { FIELD_MESSAGES, type FieldIssue } from '../auth/field-messages.ts'
import { lazy } from '../auth/lazy.ts'
import { fail, ok, type Result } from '../auth/result.ts'
import type { Fields } from './body.ts'
import type { HttpError } from './problem.ts'

/** What a route takes. */
export type Schema<T> = () => z.ZodMiniType<T>

export function schema<Shape extends z.core.$ZodShape>(shape: () => Shape): Schema<z.output<z.ZodMiniObject<Shape>>> {
  return lazy(() => z.object(shape()))
}

export function requiredText() {
  return z.string('required' satisfies FieldIssue).check(z.regex(/./s, 'required' satisfies FieldIssue))
}

const YES: (string | boolean)[] = [true, 'on', 'true', '1']

/** A JSON boolean, or what a form says for one. */
export function flag() {
  return z.pipe(
    z.literal([...YES, false, 'false', '0', ''], 'invalid' satisfies FieldIssue),
    z.transform((value) => YES.includes(value)),
  )
}

/** A flag whose absence is a no: a form's checkbox is sent only when it is ticked. */
export function checkbox() {
  return z._default(flag(), false)
}

/** Text, or none of it. */
export function optionalText() {
  return z._default(z.nullable(z.string('invalid' satisfies FieldIssue)), null)
}

/** Parses a route's fields with a schema whose messages are `FieldIssue`s. */
export function parseFields<T>(schema: Schema<T>, fields: Fields): Result<T, HttpError> {
  const { data, error } = z.safeParse(schema(), fields)
  if (!error) return ok(data)
  const issues: Partial<Record<string, FieldIssue[]>> = {}
  for (const { path, message } of error.issues) {
    const field = String(path[0])
    const issue: FieldIssue = message in FIELD_MESSAGES ? (message as FieldIssue) : 'invalid'
    issues[field] = [...(issues[field] ?? []), issue]
  }
  return fail({ code: 'invalid_fields', fields: issues })
}
