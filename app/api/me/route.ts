import { authenticateFresh } from '@/lib/auth/authenticate.ts'
import { fail, ok } from '@/lib/auth/result.ts'
import { json } from '@/lib/http/endpoint.ts'
import { userBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services, presented }) {
    const user = await authenticateFresh(services, presented)
    return user ? ok(json(userBody(user))) : fail({ code: 'unauthenticated' })
  },
})
