import * as z from 'zod/mini'
import { refresh } from '@/lib/auth/refresh.ts'
import { ok } from '@/lib/auth/result.ts'
import { clearedSessionCookies } from '@/lib/http/cookies.ts'
import { parseFields, requiredText, schema } from '@/lib/http/fields.ts'
import { problem } from '@/lib/http/problem.ts'
import { signedInAnswer } from '@/lib/http/sign-in.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const Refresh = schema(() => ({ refreshToken: z.optional(requiredText()) }))

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async POST(exchange) {
    const { services, visitor, fields, refreshCookie, url } = exchange
    const form = parseFields(Refresh, fields)
    if (!form.ok) return form
    const { refreshToken } = form.value
    // A token in the body belongs to a client that keeps its tokens itself: it gets them back there, and no cookie is touched.
    const delivery = refreshToken === undefined ? 'cookie' : 'body'
    const refreshed = await refresh(services, visitor, refreshToken ?? refreshCookie ?? '')
    if (refreshed.ok) return ok(signedInAnswer(exchange, refreshed.value, { delivery }))
    if (delivery === 'body' || refreshed.error.code === 'rate_limited') return refreshed
    const refusal = problem(refreshed.error)
    for (const cookie of clearedSessionCookies(url)) refusal.headers.append('set-cookie', cookie)
    return ok(refusal)
  },
})
