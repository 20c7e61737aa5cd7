import { changePassword } from '@/lib/auth/change-password.ts'
import { ok } from '@/lib/auth/result.ts'
import { deviceCookie } from '@/lib/http/cookies.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Passwords = schema(() => ({ currentPassword: requiredText(), newPassword: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, requireUser, fields, url }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const form = parseFields(Passwords, fields)
      if (!form.ok) return form
      const changed = await changePassword(services, visitor, user.value, form.value)
      if (!changed.ok) return changed
      return ok(noContent([deviceCookie(changed.value.device, url)]))
    },
  },
  { page: '/account', form: 'password', leadsTo: '/account?done=password#password' },
)
