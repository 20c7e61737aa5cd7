import { ok } from '@/lib/auth/result.ts'
import { json } from '@/lib/http/endpoint.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services: { store } }) {
    const version = await store.ping()
    const answer = json({ status: 'ok', store: store.kind })
    if (version) answer.headers.set('gatehouse-companion', version)
    return ok(answer)
  },
})
