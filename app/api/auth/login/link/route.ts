import { requestLoginLink } from '@/lib/auth/login-link.ts'
import { ok } from '@/lib/auth/result.ts'
import { setCookie } from '@/lib/http/cookies.ts'
import { accepted } from '@/lib/http/endpoint.ts'
import { optionalText, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { safeNext } from '@/lib/http/next-path.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Asked = schema(() => ({ email: requiredText(), next: optionalText() }))

/** For as long as what is mailed works, in seconds. */
const REQUEST_TTL = 600

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, fields, url }) {
      const form = parseFields(Asked, fields)
      if (!form.ok) return form
      const { email, next } = form.value
      const asked = await requestLoginLink(services, visitor, { email, next: next && safeNext(next) })
      return asked.ok ? ok(accepted([setCookie('login', asked.value.request, url, REQUEST_TTL)])) : asked
    },
  },
  { page: '/login/link', leadsTo: '/login/link?done=link', keepsNext: true },
)
