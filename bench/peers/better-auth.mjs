/** Better Auth as its documentation sets it up, with the lighter of its two entries, and its default: each check asks the store. */

import { env } from 'cloudflare:workers'
import { createAdapterFactory } from 'better-auth/adapters'
import { betterAuth } from 'better-auth/minimal'
import { hash, verify } from './password.mjs'
import { ask } from './record-store.mjs'

const database = createAdapterFactory({
  config: { adapterId: 'records', adapterName: 'records', supportsDates: false, supportsJSON: true },
  adapter: () => ({
    create: ({ model, data }) => ask({ do: 'create', model, data }),
    findOne: ({ model, where, join }) => ask({ do: 'findOne', model, where, join }),
    findMany: ({ model, where, join }) => ask({ do: 'findMany', model, where, join }),
    update: ({ model, where, update }) => ask({ do: 'update', model, where, update }),
    updateMany: ({ model, where, update }) => ask({ do: 'updateMany', model, where, update }),
    delete: ({ model, where }) => ask({ do: 'delete', model, where }),
    deleteMany: ({ model, where }) => ask({ do: 'delete', model, where }),
    count: ({ model, where }) => ask({ do: 'count', model, where }),
  }),
})

const auth = betterAuth({
  baseURL: 'http://auth.example.com',
  secret: env.SECRET,
  database,
  emailAndPassword: {
    enabled: true,
    password: { hash, verify: ({ password, hash: record }) => verify(password, record) },
  },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  advanced: { database: { joins: true } },
  session: { cookieCache: { enabled: env.COOKIE_CACHE === 'on', maxAge: 600 } },
})

export default {
  /** @param {Request} request */
  async fetch(request) {
    if (new URL(request.url).pathname !== '/check') return auth.handler(request)
    const session = await auth.api.getSession({ headers: request.headers })
    return session ? Response.json({ id: session.user.id }) : new Response(null, { status: 401 })
  },
}
