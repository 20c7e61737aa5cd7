import { ok } from '@/lib/auth/result.ts'
import { json } from '@/lib/http/endpoint.ts'
import { userBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ requireUser }) {
    const user = await requireUser({ fresh: true })
    return user.ok ? ok(json(userBody(user.value))) : user
  },
})
