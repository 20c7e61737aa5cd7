import { fail, ok } from '@/lib/auth/result.ts'
import { json } from '@/lib/http/endpoint.ts'
import { activityBody } from '@/lib/http/representation.ts'
import { serve } from '@/lib/serve.ts'

export const runtime = 'edge'

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = serve({
  async GET({ services, getUser, requireUser }) {
    const claimed = await getUser()
    if (!claimed) return fail({ code: 'unauthenticated' })
    // Both in one round trip.
    const [user, activity] = await Promise.all([
      requireUser({ fresh: true }),
      services.store.accounts.activity(claimed.id),
    ])
    return user.ok ? ok(json({ activity: activity.map(activityBody) })) : user
  },
})
