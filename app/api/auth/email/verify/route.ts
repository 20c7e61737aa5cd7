import { ok } from '@/lib/auth/result.ts'
import { verifyEmail } from '@/lib/auth/verify-email.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Verification = schema(() => ({ token: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, fields }) {
      const form = parseFields(Verification, fields)
      if (!form.ok) return form
      const verified = await verifyEmail(services, visitor, form.value.token)
      return verified.ok ? ok(noContent()) : verified
    },
  },
  { page: '/verify-email', leadsTo: '/verify-email?done=verified' },
)
