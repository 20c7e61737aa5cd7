import * as z from 'zod/mini'
import { listAccounts } from '@/lib/auth/administration.ts'
import type { FieldIssue } from '@/lib/auth/field-messages.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN } from '@/lib/auth/roles.ts'
import { json } from '@/lib/http/endpoint.ts'
import { parseFields, schema } from '@/lib/http/fields.ts'
import { accountBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

/** As long as an address. By an expression, like every check of a text: another kind would bring more of zod along. */
const QUERY = /^.{0,254}$/s

const Search = schema(() => ({
  query: z._default(z.string().check(z.regex(QUERY, 'invalid' satisfies FieldIssue)), ''),
  cursor: z._default(z.nullable(z.string()), null),
  limit: z.pipe(
    z._default(z.string().check(z.regex(/^(?:[1-9]\d?|100)$/, 'invalid' satisfies FieldIssue)), '20'),
    z.transform(Number),
  ),
}))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services, requireRole, url }) {
    const admin = await requireRole(ADMIN, { fresh: true })
    if (!admin.ok) return admin
    const search = parseFields(Search, Object.fromEntries(url.searchParams))
    if (!search.ok) return search
    const page = await listAccounts(services, search.value)
    return page.ok ? ok(json({ users: page.value.users.map(accountBody), nextCursor: page.value.nextCursor })) : page
  },
})
