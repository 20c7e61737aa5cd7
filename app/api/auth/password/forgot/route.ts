import { forgotPassword } from '@/lib/auth/forgot-password.ts'
import { ok } from '@/lib/auth/result.ts'
import { accepted } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Forgotten = schema(() => ({ email: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, fields }) {
      const form = parseFields(Forgotten, fields)
      if (!form.ok) return form
      const asked = await forgotPassword(services, visitor, form.value)
      return asked.ok ? ok(accepted()) : asked
    },
  },
  { page: '/forgot-password', leadsTo: '/forgot-password?done=forgot' },
)
