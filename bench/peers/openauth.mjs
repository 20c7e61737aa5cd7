/** OpenAuth: its issuer with the password provider, and its client, which verifies, in one Worker. */
import { createClient } from '@openauthjs/openauth/client'
import { issuer } from '@openauthjs/openauth/issuer'
import { PasswordProvider } from '@openauthjs/openauth/provider/password'
import { hash, verify } from './password.mjs'
import { ask } from './record-store.mjs'

/** A schema (standardschema.dev) that takes everything: checking what a token holds shall cost nothing. */
const ANYTHING = { '~standard': { version: 1, vendor: 'bench', validate: (value) => ({ value }) } }
const subjects = { user: ANYTHING }

const SEPARATOR = '/'
const storage = {
  get: async (key) => (await ask({ do: 'get', key: key.join(SEPARATOR) })) ?? undefined,
  set: (key, value) => ask({ do: 'set', key: key.join(SEPARATOR), value }),
  remove: (key) => ask({ do: 'remove', key: key.join(SEPARATOR) }),
  async *scan(prefix) {
    const found = await ask({ do: 'scan', key: prefix.join(SEPARATOR) })
    for (const [key, value] of found) yield [key.split(SEPARATOR), value]
  },
}

const page = async () => new Response('page')

const app = issuer({
  subjects,
  storage,
  allow: async () => true,
  providers: {
    password: PasswordProvider({
      login: page,
      register: async (_, state) => new Response(state.code ?? 'page'), // in the place of the mail
      change: page,
      hasher: { hash, verify },
      sendCode: async () => {},
    }),
  },
  success: (context, { email }) => context.subject('user', { id: email }),
})
const client = createClient({
  clientID: 'bench',
  issuer: 'http://auth.example.com',
  fetch: async (url, init) => app.fetch(new Request(url, init)),
})

export default {
  async fetch(request, env, context) {
    const url = new URL(request.url)
    if (url.pathname !== '/check') return app.fetch(request, env, context)
    const verified = await client.verify(subjects, request.headers.get('authorization')?.slice('Bearer '.length) ?? '')
    return verified.err ? new Response(null, { status: 401 }) : Response.json({ id: verified.subject.properties.id })
  },
}
