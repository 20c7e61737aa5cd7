import { login } from '@/lib/auth/login.ts'
import { ok } from '@/lib/auth/result.ts'
import { checkbox, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { delivery, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Login = schema(() => ({
  email: requiredText(),
  password: requiredText(),
  remember: checkbox(),
  delivery: delivery(),
}))

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
