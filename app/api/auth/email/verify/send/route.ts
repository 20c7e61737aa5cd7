import { ok } from '@/lib/auth/result.ts'
import { requestVerification } from '@/lib/auth/verify-email.ts'
import { accepted } from '@/lib/http/endpoint.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve(
  {
    async POST({ services, visitor, requireUser }) {
      const user = await requireUser({ fresh: true })
      if (!user.ok) return user
      const sent = await requestVerification(services, visitor, user.value)
      return sent.ok ? ok(accepted()) : sent
    },
  },
  { page: '/account', form: 'verification', leadsTo: '/account?done=verification#email' },
)
