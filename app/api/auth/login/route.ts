import * as z from 'zod/mini'
import { login } from '@/lib/auth/login.ts'
import { ok } from '@/lib/auth/result.ts'
import { CHECKBOX, parseFields, REQUIRED_TEXT } from '@/lib/http/fields.ts'
import { DELIVERY, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Login = z.object({ email: REQUIRED_TEXT, password: REQUIRED_TEXT, remember: CHECKBOX, delivery: DELIVERY })

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST(exchange) {
      const form = parseFields(Login, exchange.fields)
      if (!form.ok) return form
      const signedIn = await login(exchange.services, exchange.visitor, form.value)
      if (!signedIn.ok) return signedIn
      return ok(signedInAnswer(exchange, signedIn.value, { delivery: form.value.delivery }))
    },
  },
  { page: '/login' },
)
