import { resetPassword } from '@/lib/auth/reset-password.ts'
import { ok } from '@/lib/auth/result.ts'
import { clearedSessionCookies, deviceCookie } from '@/lib/http/cookies.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { typedCookie } from '@/lib/http/form.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Reset = schema(() => ({ token: requiredText(), password: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, fields, url }) {
      const form = parseFields(Reset, fields)
      if (!form.ok) return form
      const reset = await resetPassword(services, visitor, form.value)
      if (!reset.ok) return reset
      // For the log-in that follows: who has the link may know the address.
      const { email, device } = reset.value
      const typed = typedCookie({ email }, url)
      return ok(noContent([...clearedSessionCookies(url), deviceCookie(device, url), ...(typed ? [typed] : [])]))
    },
  },
  { page: '/reset-password', leadsTo: '/login?done=reset' },
)
