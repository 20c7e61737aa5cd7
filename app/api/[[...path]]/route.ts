import { fail } from '@/lib/auth/result.ts'
import type { Exchange } from '@/lib/http/endpoint.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

/** Default deny: who is not signed in does not even learn what there is not. */
async function missing({ requireUser }: Exchange) {
  const user = await requireUser()
  return user.ok ? fail({ code: 'not_found' as const }) : user
}

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  GET: missing,
  POST: missing,
  PUT: missing,
  PATCH: missing,
  DELETE: missing,
})
