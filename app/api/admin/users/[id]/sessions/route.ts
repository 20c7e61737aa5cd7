import { findAccount } from '@/lib/auth/administration.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN } from '@/lib/auth/roles.ts'
import { listSessions } from '@/lib/auth/sessions.ts'
import { json } from '@/lib/http/endpoint.ts'
import { sessionOverviewBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services, requireRole, url }) {
    const admin = await requireRole(ADMIN, { fresh: true })
    if (!admin.ok) return admin
    const user = await findAccount(services, url.pathname.split('/').at(-2) ?? '')
    if (!user.ok) return user
    const sessions = await listSessions(services, user.value.id, admin.value.sessionId)
    return ok(json({ sessions: sessions.map(sessionOverviewBody) }))
  },
})
