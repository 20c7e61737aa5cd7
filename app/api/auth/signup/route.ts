import { ok } from '@/lib/auth/result.ts'
import { signup } from '@/lib/auth/signup.ts'
import { beginSignup } from '@/lib/auth/verify-first.ts'
import { accepted, type Exchange } from '@/lib/http/endpoint.ts'
import { checkbox, optionalText, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { delivery, signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Signup = schema(() => ({
  email: requiredText(),
  password: requiredText(),
  name: optionalText(),
  remember: checkbox(),
  delivery: delivery(),
}))

/** Where the address comes first, nothing else that is sent counts: it is asked for again after the proof. */
const Address = schema(() => ({ email: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST(exchange) {
      if (exchange.services.signupPolicy === 'verify-first') return begin(exchange)
      const form = parseFields(Signup, exchange.fields)
      if (!form.ok) return form
      const signedIn = await signup(exchange.services, exchange.visitor, form.value)
      if (!signedIn.ok) return signedIn
      return ok(signedInAnswer(exchange, signedIn.value, { status: 201, delivery: form.value.delivery }))
    },
  },
  { page: '/signup', acceptedAt: '/signup?done=signup' },
)

async function begin({ services, visitor, fields }: Exchange) {
  const form = parseFields(Address, fields)
  if (!form.ok) return form
  const begun = await beginSignup(services, visitor, form.value)
  return begun.ok ? ok(accepted()) : begun
}
