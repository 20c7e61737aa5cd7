import { logout } from '@/lib/auth/logout.ts'
import { ok } from '@/lib/auth/result.ts'
import { clearedSessionCookies } from '@/lib/http/cookies.ts'
import { noContent } from '@/lib/http/endpoint.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, presented, refreshCookie, url }) {
      await logout(services, visitor, { ...presented, refreshCookie })
      return ok(noContent(clearedSessionCookies(url)))
    },
  },
  { page: '/dashboard', leadsTo: '/login' },
)
