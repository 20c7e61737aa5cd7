import { ok } from '@/lib/auth/result.ts'
import { finishSignup } from '@/lib/auth/verify-first.ts'
import { checkbox, optionalText, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { delivery, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Finish = schema(() => ({
  token: requiredText(),
  password: requiredText(),
  name: optionalText(),
  remember: checkbox(),
  delivery: delivery(),
}))

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
