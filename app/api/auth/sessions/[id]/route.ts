import { ok } from '@/lib/auth/result.ts'
import { endSession } from '@/lib/auth/sessions.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async DELETE({ services, visitor, requireUser, url }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const ended = await endSession(services, visitor, user.value, url.pathname.split('/').at(-1) ?? '')
      return ended.ok ? ok(noContent()) : ended
    },
  },
  { page: '/account', form: 'sessions', leadsTo: '/account?done=session#sessions' },
)
