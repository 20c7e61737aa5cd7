import { deleteAccount } from '@/lib/auth/delete-account.ts'
import { ok } from '@/lib/auth/result.ts'
import { updateProfile } from '@/lib/auth/update-profile.ts'
import { clearedSessionCookies } from '@/lib/http/cookies.ts'
import { json, noContent } from '@/lib/http/endpoint.ts'
import { optionalText, parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { userBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Profile = schema(() => ({ name: optionalText() }))
const Deletion = schema(() => ({ password: requiredText() }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async GET({ requireUser }) {
      const user = await requireUser({ fresh: true })
      return user.ok ? ok(json(userBody(user.value))) : user
    },
    async PATCH({ services, requireUser, fields }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      if (fields.name === undefined) return ok(json(userBody(user.value)))
      const form = parseFields(Profile, fields)
      if (!form.ok) return form
      const updated = await updateProfile(services, user.value, form.value)
      return updated.ok ? ok(json(userBody(updated.value))) : updated
    },
    async DELETE({ services, visitor, requireUser, fields, url }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const form = parseFields(Deletion, fields)
      if (!form.ok) return form
      const deleted = await deleteAccount(services, visitor, user.value, form.value.password)
      if (!deleted.ok) return deleted
      return ok(noContent(clearedSessionCookies(url)))
    },
  },
  (method) =>
    method === 'DELETE'
      ? { page: '/account', form: 'delete', leadsTo: '/login?done=deleted' }
      : { page: '/account', form: 'profile', leadsTo: '/account?done=profile#profile' },
)
