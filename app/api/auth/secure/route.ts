import { ok } from '@/lib/auth/result.ts'
import { secureAccount } from '@/lib/auth/secure-account.ts'
import { clearedSessionCookies } from '@/lib/http/cookies.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Denial = schema(() => ({ token: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, fields, url }) {
      const form = parseFields(Denial, fields)
      if (!form.ok) return form
      const secured = await secureAccount(services, visitor, form.value.token)
      return secured.ok ? ok(noContent(clearedSessionCookies(url))) : secured
    },
  },
  { page: '/secure-account', leadsTo: '/secure-account?done=secured' },
)
