import * as z from 'zod/mini'
import { ok } from '@/lib/auth/result.ts'
import { finishSignup } from '@/lib/auth/verify-first.ts'
import { CHECKBOX, OPTIONAL_TEXT, parseFields, REQUIRED_TEXT } from '@/lib/http/fields.ts'
import { DELIVERY, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Finish = z.object({
  token: REQUIRED_TEXT,
  password: REQUIRED_TEXT,
  name: OPTIONAL_TEXT,
  remember: CHECKBOX,
  delivery: DELIVERY,
})

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST(exchange) {
      const form = parseFields(Finish, exchange.fields)
      if (!form.ok) return form
      const signedIn = await finishSignup(exchange.services, exchange.visitor, form.value)
      if (!signedIn.ok) return signedIn
      return ok(signedInAnswer(exchange, signedIn.value, { status: 201, delivery: form.value.delivery }))
    },
  },
  { page: '/signup/finish' },
)
