import { ok } from '@/lib/auth/result.ts'
import { endSession } from '@/lib/auth/sessions.ts'
import { UNCACHED } from '@/lib/http/security-headers.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async DELETE({ services, visitor, requireUser, url }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const ended = await endSession(services, visitor, user.value, url.pathname.split('/').at(-1) ?? '')
      return ended.ok ? ok(new Response(null, { status: 204, headers: UNCACHED })) : ended
    },
  },
  { page: '/account', form: 'sessions', leadsTo: '/account?done=session#sessions' },
)
