import * as z from 'zod/mini'
import type { FieldIssue } from '@/lib/auth/field-messages.ts'
import { ok } from '@/lib/auth/result.ts'
import { signup } from '@/lib/auth/signup.ts'
import { CHECKBOX, DELIVERY, parseFields, REQUIRED_TEXT, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const MAX_NAME_LENGTH = 100

const Signup = z.object({
  email: REQUIRED_TEXT,
  password: REQUIRED_TEXT,
  name: z.pipe(
    z.nullish(
      z
        .string('invalid' satisfies FieldIssue)
        .check(
          z.trim(),
          z.maxLength(MAX_NAME_LENGTH, 'name_too_long' satisfies FieldIssue),
          z.regex(/^\P{Cc}*$/u, 'invalid' satisfies FieldIssue),
        ),
    ),
    z.transform((name) => name || null),
  ),
  remember: CHECKBOX,
  delivery: DELIVERY,
})

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST(exchange) {
      const form = parseFields(Signup, exchange.fields)
      if (!form.ok) return form
      const signedIn = await signup(exchange.services, exchange.visitor, form.value)
      if (!signedIn.ok) return signedIn
      return ok(signedInAnswer(exchange, signedIn.value, { status: 201, delivery: form.value.delivery }))
    },
  },
  { page: '/signup' },
)
