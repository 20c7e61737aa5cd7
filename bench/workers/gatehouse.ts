/** Gatehouse in a bare Worker, with no Next.js: what middleware does, and the routes that are measured. */
import * as login from '../../app/api/auth/login/route.ts'
import * as logout from '../../app/api/auth/logout/route.ts'
import * as refresh from '../../app/api/auth/refresh/route.ts'
import * as session from '../../app/api/auth/session/route.ts'
import * as signup from '../../app/api/auth/signup/route.ts'
import { authenticate } from '../../lib/auth/authenticate.ts'
import type { Hasher } from '../../lib/auth/passwords.ts'
import { readPresented } from '../../lib/http/endpoint.ts'
import { passGate } from '../../lib/http/gate.ts'
import { readUrl } from '../../lib/http/origin.ts'
import { currentPlatform } from '../../lib/platform.ts'
import { type Bindings, openSessionServices } from '../../lib/services.ts'
import { hashAtOnce } from './hash.ts'

/** Where the host leaves what belongs to a request. The app reads it before it waits for anything. */
const CONTEXT = Symbol.for('__cloudflare-request-context__')

const ROUTES: Partial<Record<string, (request: Request) => Promise<Response>>> = {
  '/api/auth/login': login.POST,
  '/api/auth/logout': logout.POST,
  '/api/auth/refresh': refresh.POST,
  '/api/auth/session': session.GET,
  '/api/auth/signup': signup.POST,
}

/** In the place of the hash, by the variable `HASH`: none, so that the work around it remains; or one that never gives way. */
const HASHERS: Partial<Record<string, Hasher>> = {
  none: { derive: async () => new Uint8Array(32) },
  'at once': { derive: hashAtOnce },
}

export default {
  async fetch(request: Request, env: Bindings & { HASH?: string }, ctx: ExecutionContext): Promise<Response> {
    const hasher = HASHERS[env.HASH ?? '']
    const bindings = hasher ? { ...env, HASHER: { getByName: () => hasher } } : env
    const enter = () => Reflect.set(globalThis, CONTEXT, { env: bindings, ctx })
    const url = readUrl(request)
    enter()
    const { services, proxy } = await openSessionServices(currentPlatform(), url.origin)
    if (url.pathname === '/check') {
      const user = await authenticate(services, readPresented(request.headers, url))
      return user ? Response.json({ id: user.id }) : new Response(null, { status: 401 })
    }
    const passage = await passGate(services, proxy, request, url)
    if (passage.kind === 'answer') return passage.response
    enter()
    return (await ROUTES[url.pathname]?.(request)) ?? new Response(null, { status: 404 })
  },
}
