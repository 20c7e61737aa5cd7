/** iron-session: a sealed cookie, and nothing else. */
import { env } from 'cloudflare:workers'
import { getIronSession } from 'iron-session'

export default {
  async fetch(request) {
    const response = new Response('sealed')
    const session = await getIronSession(request, response, { password: env.SECRET, cookieName: 'session' })
    if (new URL(request.url).pathname === '/check') {
      return session.id ? Response.json({ id: session.id }) : new Response(null, { status: 401 })
    }
    session.id = crypto.randomUUID()
    await session.save()
    return response
  },
}
