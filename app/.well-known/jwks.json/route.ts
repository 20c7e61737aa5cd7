import { ok } from '@/lib/auth/result.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

const MAX_AGE_SECONDS = 300

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services }) {
    const headers = { 'cache-control': `public, max-age=${MAX_AGE_SECONDS}` }
    return ok(Response.json(services.publicKeySet, { headers }))
  },
})
