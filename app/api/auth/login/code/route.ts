import { checkbox, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { confirmLogin } from '@/lib/http/mailed-login.ts'
import { delivery } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Confirmation = schema(() => ({ code: requiredText(), remember: checkbox(), delivery: delivery() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST(exchange) {
      const form = parseFields(Confirmation, exchange.fields)
      if (!form.ok) return form
      return confirmLogin(exchange, { code: form.value.code }, form.value)
    },
  },
  { page: '/login/link', form: 'code' },
)
