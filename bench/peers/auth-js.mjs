/** Auth.js with its Credentials provider: finding the user and checking the password is the application's own part. */

import { env } from 'cloudflare:workers'
import { Auth } from '@auth/core'
import { getToken } from '@auth/core/jwt'
import Credentials from '@auth/core/providers/credentials'
import { hash, verify } from './password.mjs'
import { ask } from './record-store.mjs'

const config = {
  basePath: '/auth',
  secret: env.SECRET,
  trustHost: true,
  session: { strategy: 'jwt' },
  providers: [
    Credentials({
      credentials: { email: {}, password: {} },
      async authorize({ email, password }) {
        const user = await ask({ do: 'get', key: `user/${email}` })
        return user && (await verify(password, user.hash)) ? { id: user.id, email } : null
      },
    }),
  ],
}

export default {
  async fetch(request) {
    const url = new URL(request.url)
    if (url.pathname === '/check') {
      const token = await getToken({ req: request, secret: env.SECRET, secureCookie: false })
      return token ? Response.json({ id: token.sub }) : new Response(null, { status: 401 })
    }
    if (url.pathname === '/prepare') {
      const { email, password } = await request.json()
      await ask({ do: 'set', key: `user/${email}`, value: { id: crypto.randomUUID(), hash: await hash(password) } })
      return new Response('prepared')
    }
    return Auth(request, config)
  },
}
