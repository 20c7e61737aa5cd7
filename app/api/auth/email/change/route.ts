import { requestEmailChange } from '@/lib/auth/change-email.ts'
import { ok } from '@/lib/auth/result.ts'
import { accepted } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const NewAddress = schema(() => ({ email: requiredText(), password: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, requireUser, fields }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const form = parseFields(NewAddress, fields)
      if (!form.ok) return form
      const asked = await requestEmailChange(services, visitor, user.value, form.value)
      return asked.ok ? ok(accepted()) : asked
    },
  },
  { page: '/account', form: 'email', leadsTo: '/account?done=email#email' },
)
