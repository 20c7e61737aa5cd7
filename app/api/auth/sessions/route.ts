import { fail, ok } from '@/lib/auth/result.ts'
import { endOtherSessions, listSessions } from '@/lib/auth/sessions.ts'
import { json, noContent } from '@/lib/http/endpoint.ts'
import { sessionOverviewBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async GET({ services, getUser, requireUser }) {
      const claimed = await getUser()
      if (!claimed) return fail({ code: 'unauthenticated' })
      // Both in one round trip.
      const [user, sessions] = await Promise.all([
        requireUser({ fresh: true }),
        listSessions(services, claimed.id, claimed.sessionId),
      ])
      return user.ok ? ok(json({ sessions: sessions.map(sessionOverviewBody) })) : user
    },
    async DELETE({ services, visitor, requireUser }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      await endOtherSessions(services, visitor, user.value)
      return ok(noContent())
    },
  },
  { page: '/account', form: 'sessions', leadsTo: '/account?done=sessions#sessions' },
)
