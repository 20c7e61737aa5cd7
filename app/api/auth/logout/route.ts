import { logout } from '@/lib/auth/logout.ts'
import { ok } from '@/lib/auth/result.ts'
import { clearedSessionCookies } from '@/lib/http/cookies.ts'
import { UNCACHED } from '@/lib/http/security-headers.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, presented, refreshCookie, url }) {
      await logout(services, visitor, { ...presented, refreshCookie })
      const answer = new Response(null, { status: 204, headers: UNCACHED })
      for (const cookie of clearedSessionCookies(url)) answer.headers.append('set-cookie', cookie)
      return ok(answer)
    },
  },
  { page: '/dashboard', leadsTo: '/login' },
)
