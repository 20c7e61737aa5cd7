import * as z from 'zod/mini'
import { findAccount, setAccess } from '@/lib/auth/administration.ts'
import type { FieldIssue } from '@/lib/auth/field-messages.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN } from '@/lib/auth/roles.ts'
import { json } from '@/lib/http/endpoint.ts'
import { flag, parseFields, schema } from '@/lib/http/fields.ts'
import { accountBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

/** A list, or what a form's checkboxes give: one text or several, with an empty one to tell none from not asked. */
function roles() {
  return z.pipe(
    z.pipe(
      z.transform((given) => [given].flat()),
      z.array(z.string('invalid' satisfies FieldIssue)),
    ),
    z.transform((given) => given.filter((role) => role !== '')),
  )
}

const Access = schema(() => ({ roles: z.optional(roles()), disabled: z.optional(flag()) }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async PATCH({ services, visitor, requireRole, fields, url }) {
      const admin = await requireRole(ADMIN, { fresh: true })
      if (!admin.ok) return admin
      const form = parseFields(Access, fields)
      if (!form.ok) return form
      const id = url.pathname.split('/').at(-1) ?? ''
      const { roles, disabled } = form.value
      const isNothing = roles === undefined && disabled === undefined
      const user = isNothing
        ? await findAccount(services, id)
        : await setAccess(services, visitor, admin.value, id, { roles, disabled })
      return user.ok ? ok(json(accountBody(user.value))) : user
    },
  },
  (_, url) => {
    const page = url.pathname.replace(/^\/api/, '')
    return { page, form: 'access', leadsTo: `${page}?done=access#access` }
  },
)
