import { ok } from '@/lib/auth/result.ts'
import { json } from '@/lib/http/endpoint.ts'
import { sessionBody, userBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ getUser }) {
    const user = await getUser({ fresh: true })
    if (!user) return ok(json({ user: null, session: null }))
    const session = sessionBody(user.sessionId, user.sessionExpiresAt, user.expiresAt)
    return ok(json({ user: userBody(user), session }))
  },
})
