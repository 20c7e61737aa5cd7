import { describe, expect, it, vi } from 'vitest'
import type { SignedIn } from '../../../lib/auth/open-session.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { readCookie } from '../../../lib/http/cookies.ts'
import { type Passage, passGate } from '../../../lib/http/gate.ts'
import { aFormPost, aRequest, cookiesSet, ORIGIN, sessionCookie } from '../../support/requests.ts'
import { aSignedInUser, aVisitor, aWorld, disableUser, type World } from '../../support/world.ts'

/** Longer than an access token lives. */
const LATER = 700

const PUBLIC = ['/', '/login', '/signup', '/dashboards', '/adminx', '/apix', '/nowhere']
/** The same for everyone, so caches may keep it. */
const SHARED = '/.well-known/jwks.json'
const PUBLIC_API = [
  '/api/auth/session',
  '/api/auth/password/forgot',
  '/api/auth/email/verify',
  '/api/auth/login/link',
  '/api/health',
]
const PRIVATE_PAGES = ['/dashboard', '/dashboard/x', '/account', '/account/sessions', '/admin', '/admin/users/1']
const PRIVATE_API = [
  '/api',
  '/api/',
  '/api/me',
  '/api/nowhere',
  '/api/auth',
  '/api/auth/sessions',
  '/api/auth/login/',
  '/api/health/x',
]
const COOKIE_WRITERS = [
  '/api/auth/signup',
  '/api/auth/signup/finish',
  '/api/auth/login',
  '/api/auth/login/link/confirm',
  '/api/auth/login/code',
  '/api/auth/refresh',
  '/api/auth/logout',
  '/api/auth/password/reset',
  '/api/auth/secure',
]

function pass(
  { services }: World,
  path: string,
  { url = ORIGIN + path, ...init }: RequestInit & { url?: string } = {},
): Promise<Passage> {
  return passGate(services, 'cloudflare', aRequest(path, init), new URL(url))
}

function passWith(
  world: World,
  path: string,
  signedIn: Pick<SignedIn, 'accessToken' | 'refreshToken'>,
): Promise<Passage> {
  return pass(world, path, { headers: { cookie: sessionCookie(signedIn) } })
}

function passed(passage: Passage) {
  if (passage.kind !== 'pass') throw new Error(`answered with ${passage.response.status}`)
  return passage
}

function answered(passage: Passage) {
  if (passage.kind !== 'answer') throw new Error('passed')
  return passage
}

async function codeOf(passage: Passage): Promise<[number, string]> {
  const { response } = answered(passage)
  return [response.status, Object(await response.json()).code]
}

const UNTOUCHED = { kind: 'pass', setCookies: [], cookie: null }
const CLEARED = { '__Host-access': '', '__Host-refresh': '' }

describe('a visitor who is not signed in', () => {
  it.each([...PUBLIC, ...PUBLIC_API, SHARED])('passes to %s, and no store is asked', async (path) => {
    const world = aWorld()
    expect(await pass(world, path)).toEqual({ ...UNTOUCHED, isPrivate: path.startsWith('/api/') })
    expect(world.takeTrips()).toEqual([])
  })

  it('sees a page in private that shows a mailed token, or what was typed before', async () => {
    const world = aWorld()
    expect(await pass(world, '/verify-email?token=x')).toMatchObject({ isPrivate: true })
    expect(await pass(world, '/login', { headers: { cookie: '__Host-form=e30' } })).toMatchObject({ isPrivate: true })
  })

  it.each(PRIVATE_PAGES)('is sent from %s to log in, and back afterwards', async (path) => {
    const { response, setCookies } = answered(await pass(aWorld(), `${path}?a=b&c=d`))
    expect(response.status).toBe(307)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    const location = new URL(response.headers.get('location') ?? '', ORIGIN)
    expect([location.origin, location.pathname]).toEqual([ORIGIN, '/login'])
    expect([...location.searchParams]).toEqual([['next', `${path}?a=b&c=d`]])
    expect(setCookies).toEqual([])
  })

  it.each(PRIVATE_API)('is refused at %s, whether or not there is anything', async (path) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const passage = await pass(aWorld(), path, { method })
      expect(answered(passage).response.headers.get('www-authenticate')).toBe('Bearer')
      expect(await codeOf(passage)).toEqual([401, 'unauthenticated'])
    }
  })

  it('gains nothing by the headers of Next’s own middleware', async () => {
    const headers = { 'x-middleware-subrequest': 'middleware:middleware:middleware', 'x-gatehouse-url': `${ORIGIN}/` }
    expect(await codeOf(await pass(aWorld(), '/api/me', { headers }))).toEqual([401, 'unauthenticated'])
  })
})

describe('a visitor whose access token is good', () => {
  it.each([...PUBLIC.filter((path) => !/login|signup/.test(path)), ...PUBLIC_API, ...PRIVATE_PAGES, ...PRIVATE_API])(
    'passes to %s, and no store is asked',
    async (path) => {
      const world = aWorld()
      const signedIn = await aSignedInUser(world)
      world.takeTrips()
      world.reach(false)
      expect(await passWith(world, path, signedIn)).toEqual({ ...UNTOUCHED, isPrivate: true })
      expect(world.takeTrips()).toEqual([])
    },
  )

  it.each(['/login', '/signup'])('is sent from %s to the dashboard', async (path) => {
    const world = aWorld()
    const { response } = answered(await passWith(world, path, await aSignedInUser(world)))
    expect([response.status, response.headers.get('location')]).toEqual([307, '/dashboard'])
  })
})

describe('a visitor whose access token has run out', () => {
  it.each(['/', '/nowhere', '/dashboard', '/api/me', '/api/auth/session'])(
    'is renewed on the way to %s',
    async (path) => {
      const world = aWorld()
      const old = await aSignedInUser(world)
      world.wait(LATER)
      world.takeTrips()
      const headers = { cookie: `a=b; ${sessionCookie(old)}; c=d` }
      const { setCookies, cookie, isPrivate } = passed(await pass(world, path, { headers }))
      expect(world.takeTrips()).toEqual([['sessions.advance']])
      expect(isPrivate).toBe(true)

      const set = cookiesSet(setCookies)
      expect(Object.keys(set)).toEqual(['__Host-access', '__Host-refresh'])
      expect(set['__Host-refresh']).not.toBe(old.refreshToken)
      expect(cookie).toBe(`a=b; c=d; __Host-access=${set['__Host-access']}; __Host-refresh=${set['__Host-refresh']}`)

      const behind = new Headers({ cookie: cookie ?? '' })
      const token = readCookie(behind, 'access', new URL(ORIGIN)) ?? ''
      const claims = await world.services.accessTokens.verify(token, world.services.issuer, world.services.clock())
      expect(claims).toMatchObject({ userId: old.user.id, sessionId: old.session.id })
    },
  )

  it('is renewed without an access token too, as browsers drop it when its time is over', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    const { setCookies } = passed(
      await pass(world, '/dashboard', { headers: { cookie: `__Host-refresh=${refreshToken}` } }),
    )
    expect(setCookies).toHaveLength(2)
  })

  it('is renewed before being sent from /login to the dashboard', async () => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    const { response, setCookies } = answered(await passWith(world, '/login', old))
    expect(response.headers.get('location')).toBe('/dashboard')
    expect(setCookies).toHaveLength(2)
  })

  it('passes with 30 requests at once, each with the same refresh token', async () => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    const passages = await Promise.all(Array.from({ length: 30 }, () => passWith(world, '/dashboard', old)))
    const refreshTokens = passages.map((passage) => cookiesSet(passed(passage).setCookies)['__Host-refresh'])
    expect(new Set(refreshTokens).size).toBe(1)
  })

  it.each(COOKIE_WRITERS)('is not renewed for %s, which sets the cookies itself', async (path) => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    world.takeTrips()
    const passage = await pass(world, path, { method: 'POST', headers: { cookie: sessionCookie(old) } })
    expect(passage).toEqual({ ...UNTOUCHED, isPrivate: true })
    expect(world.takeTrips()).toEqual([])
  })

  it('is not renewed for what is the same for everyone', async () => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    world.takeTrips()
    expect(await passWith(world, SHARED, old)).toEqual({ ...UNTOUCHED, isPrivate: false })
    expect(world.takeTrips()).toEqual([])
  })

  it('has cookies of other names over plain http', async () => {
    const world = aWorld()
    const { refreshToken } = await aSignedInUser(world)
    const cookie = `refresh=${refreshToken}`
    const url = 'http://localhost:3000/dashboard'
    const { setCookies } = passed(await pass(world, '/dashboard', { headers: { cookie }, url }))
    expect(Object.keys(cookiesSet(setCookies))).toEqual(['access', 'refresh'])
    expect(answered(await pass(world, '/dashboard', { headers: { cookie } })).response.status).toBe(307)
  })
})

describe('a bearer token', () => {
  it('is taken', async () => {
    const world = aWorld()
    const { accessToken } = await aSignedInUser(world)
    const passage = await pass(world, '/api/me', { headers: { authorization: `Bearer ${accessToken}` } })
    expect(passage).toEqual({ ...UNTOUCHED, isPrivate: true })
  })

  it('wins over cookies, and is never renewed from them', async () => {
    const world = aWorld()
    const signedIn = await aSignedInUser(world)
    world.takeTrips()
    const headers = { authorization: 'Bearer garbage', cookie: sessionCookie(signedIn) }
    const passage = await pass(world, '/api/me', { headers })
    expect(answered(passage).setCookies).toEqual([])
    expect(await codeOf(passage)).toEqual([401, 'unauthenticated'])
    expect(passed(await pass(world, '/', { headers }))).toEqual({ ...UNTOUCHED, isPrivate: false })
    expect(world.takeTrips()).toEqual([])
  })
})

describe('a refresh token that is refused takes both cookies away', () => {
  /** Ways in which a session is over, each for a visitor whose access token has run out. */
  const REFUSALS: Record<string, (world: World, old: SignedIn) => Promise<Partial<SignedIn> | undefined>> = {
    forged: async (_, { refreshToken }) => ({ refreshToken: refreshToken.replace('.1.', '.2.') }),
    garbage: async () => ({ refreshToken: 'garbage' }),
    revoked: async ({ services }, { user, session }) => {
      await services.store.sessions.revoke(user.id, session.id, services.clock())
      return undefined
    },
    expired: async ({ wait }) => {
      wait(86_400)
      return undefined
    },
    'of a disabled user': async (world, { user }) => {
      await disableUser(world, user.id)
      return undefined
    },
    'used twice': async (world, { refreshToken }) => {
      for (const token of [refreshToken, refreshToken]) {
        await refresh(world.services, aVisitor(), token)
        world.wait(31)
      }
      const first = await refresh(world.services, aVisitor(), refreshToken)
      await refresh(world.services, aVisitor(), first.ok ? first.value.refreshToken : '')
      return undefined
    },
  }

  it('tells the owner where a token was used twice, by the address that the platform names', async () => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    await REFUSALS['used twice']?.(world, old)
    const headers = { cookie: sessionCookie({ ...old, accessToken: '' }), 'cf-connecting-ip': '192.0.2.7' }
    await pass(world, '/dashboard', { headers })
    const [latest] = await world.services.store.accounts.activity(old.user.id)
    expect(latest).toMatchObject({ type: 'session.reused', ip: '192.0.2.7' })
  })

  it.each(Object.entries(REFUSALS))('%s', async (_, happen) => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    const presented = { ...old, ...(await happen(world, old)) }

    const page = answered(await passWith(world, '/dashboard', presented))
    expect([page.response.status, page.response.headers.get('location')]).toEqual([307, '/login?next=%2Fdashboard'])
    expect(cookiesSet(page.setCookies)).toEqual(CLEARED)

    const api = await passWith(world, '/api/me', presented)
    expect(cookiesSet(api.setCookies)).toEqual(CLEARED)
    expect(await codeOf(api)).toEqual([401, 'unauthenticated'])

    const headers = { cookie: `a=b; ${sessionCookie(presented)}` }
    const open = passed(await pass(world, '/login', { headers }))
    expect(cookiesSet(open.setCookies)).toEqual(CLEARED)
    expect(open).toMatchObject({ cookie: 'a=b', isPrivate: true })
  })
})

describe('while the store is out of reach', () => {
  async function aVisitDuringOutage(path: string) {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    world.reach(false)
    return { world, old, passage: await passWith(world, path, old) }
  }

  it('the log hears of it, also when the visitor does not', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    expect((await aVisitDuringOutage('/')).passage.kind).toBe('pass')
    expect(log.mock.calls.map(([line]) => JSON.parse(line).event)).toEqual(['store.unavailable'])
  })

  it.each(['/dashboard', '/account/sessions'])('%s says so, and no session is lost', async (path) => {
    const { world, old, passage } = await aVisitDuringOutage(path)
    const { response, setCookies } = answered(passage)
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
    expect(response.headers.get('content-type')).toContain('text/html')
    expect([setCookies, response.headers.getSetCookie()]).toEqual([[], []])
    world.reach(true)
    expect(passed(await passWith(world, path, old)).setCookies).toHaveLength(2)
  })

  it.each([
    ['an API', '/api/me'],
    ['who asks who is signed in is not told "nobody"', '/api/auth/session'],
  ])('%s says so (%s)', async (_, path) => {
    const { passage } = await aVisitDuringOutage(path)
    expect(answered(passage).setCookies).toEqual([])
    expect(await codeOf(passage)).toEqual([503, 'store_unavailable'])
  })

  it.each(['/', '/login', '/api/health'])('%s is passed to as it is', async (path) => {
    const { passage } = await aVisitDuringOutage(path)
    expect(passage).toMatchObject(UNTOUCHED)
  })

  it('a forged refresh token is refused all the same', async () => {
    const world = aWorld()
    world.reach(false)
    const passage = await passWith(world, '/dashboard', { accessToken: 'x', refreshToken: 'garbage' })
    expect(cookiesSet(answered(passage).setCookies)).toEqual(CLEARED)
  })
})

describe('a session that is renewed too often', () => {
  it('is told to wait where it needs to be known, and keeps its cookies', async () => {
    const world = aWorld({ sessionPolicy: { refreshLimit: { limit: 1, window: 86_400 } } })
    const old = await aSignedInUser(world)
    world.wait(LATER)
    passed(await passWith(world, '/dashboard', old))

    const page = answered(await passWith(world, '/dashboard', old))
    expect(page.response.status).toBe(429)
    expect(page.response.headers.get('content-type')).toContain('text/html')
    expect(Number(page.response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(page.response.headers.get('ratelimit')).toMatch(/^"refresh";r=0;t=\d+$/)
    expect(page.setCookies).toEqual([])

    const api = await passWith(world, '/api/me', old)
    expect(api.setCookies).toEqual([])
    expect(await codeOf(api)).toEqual([429, 'rate_limited'])
    expect(await codeOf(await passWith(world, '/api/auth/session', old))).toEqual([429, 'rate_limited'])
    expect(await passWith(world, '/', old)).toEqual({ ...UNTOUCHED, isPrivate: false })
  })
})

describe('a session that has ended, as this isolate has heard', () => {
  it('is not let in by its access token: the renewal says that it is over, and the way leads to the log-in', async () => {
    const world = aWorld()
    const { services } = world
    const signedIn = await aSignedInUser(world)
    const { user, session } = signedIn
    await services.store.sessions.revoke(user.id, session.id, services.clock())
    passed(await passWith(world, '/dashboard', signedIn))
    services.announceEnd([session.id])
    world.takeTrips()

    const { response, setCookies } = answered(await passWith(world, '/dashboard', signedIn))
    expect(world.takeTrips()).toEqual([['sessions.advance']])
    expect([response.status, response.headers.get('location')]).toEqual([307, '/login?next=%2Fdashboard'])
    expect(cookiesSet(setCookies)).toEqual(CLEARED)
    const headers = { authorization: `Bearer ${signedIn.accessToken}` }
    expect(await codeOf(await pass(world, '/api/me', { headers }))).toEqual([401, 'unauthenticated'])
  })
})

describe('a page’s form', () => {
  const post = ({ services }: World, path: string, headers: Record<string, string> = {}) =>
    passGate(services, 'cloudflare', aFormPost(path, { _method: 'DELETE' }, headers), new URL(ORIGIN + path))

  it.each(['/api/me', '/api/auth/sessions/x', '/api/admin/users/x'])(
    'of a visitor who is not signed in passes to %s, which sends it to the log-in',
    async (path) => {
      expect(await post(aWorld(), path)).toMatchObject(UNTOUCHED)
    },
  )

  it('of a visitor whose session is over passes, and takes both cookies away', async () => {
    const passage = passed(await post(aWorld(), '/api/auth/password', { cookie: '__Host-refresh=garbage' }))
    expect(cookiesSet(passage.setCookies)).toEqual(CLEARED)
    expect(passage.cookie).toBe('')
  })

  it('that a script sent is refused like any other request of a script', async () => {
    const passage = await post(aWorld(), '/api/me', { accept: 'application/json' })
    expect(await codeOf(passage)).toEqual([401, 'unauthenticated'])
  })

  it.each([
    ['the page that it was on', `${ORIGIN}/admin/users/1?a=b#c`, '/admin/users/1?a=b#c'],
    ['the account without one', undefined, '/account'],
    ['the account where that is elsewhere', `${ORIGIN}.other.example/login`, '/account'],
    ['the account where that cannot be read', `"><script>`, '/account'],
    ['where nothing in it is HTML', `${ORIGIN}/x"><script>?"><script>`, '/x%22%3E%3Cscript%3E?%22%3E%3Cscript%3E'],
  ])('is answered with a page while the store is out of reach, which leads back to %s', async (_, referer, back) => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    world.reach(false)
    const headers = { cookie: sessionCookie(old), ...(referer && { referer }) }
    const { response } = answered(await post(world, '/api/auth/password', headers))
    expect([response.status, response.headers.get('content-type')]).toEqual([503, 'text/html; charset=utf-8'])
    expect(await response.text()).toContain(
      `<a href="${back.startsWith('/account') ? '' : ORIGIN}${back}">Try again</a>`,
    )
  })
})

describe('a page', () => {
  const ACTION = { 'next-action': 'an id', accept: 'text/x-component' }
  const postedBy = async (world: World, path: string, headers: Record<string, string> = {}) =>
    pass(world, path, { method: 'POST', headers })

  it.each(PRIVATE_PAGES)(
    'gets the action of a visitor who is not signed in, and tells what comes of it: %s',
    async (path) => {
      expect(await postedBy(aWorld(), path, ACTION)).toMatchObject(UNTOUCHED)
    },
  )

  it('gets the action of a visitor who is, renewed on the way', async () => {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    const passage = passed(await postedBy(world, '/account', { ...ACTION, cookie: sessionCookie(old) }))
    expect(passage.setCookies).toEqual([]) // Next would let caches keep them
    expect(passage.cookie).toMatch(/^__Host-access=ey\S+; __Host-refresh=v1\.\S+\.2\.\S+$/)
  })

  it('is there to be read: nothing else that is sent to it passes', async () => {
    const world = aWorld()
    const cookie = sessionCookie(await aSignedInUser(world))
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const paths = [['/'], ['/login'], ['/nowhere'], ['/.well-known/nowhere'], ['/dashboard', { cookie }]] as const
      for (const [path, headers] of paths) {
        const passage = await pass(world, path, { method, headers })
        expect(answered(passage).response.headers.get('allow'), `${method} ${path}`).toMatch(/^GET, HEAD\b/)
        expect(await codeOf(passage), `${method} ${path}`).toEqual([405, 'method_not_allowed'])
      }
    }
  })

  it('is all that an action opens: an API refuses who is not signed in', async () => {
    expect(await codeOf(await postedBy(aWorld(), '/api/me', ACTION))).toEqual([401, 'unauthenticated'])
    const read = answered(await pass(aWorld(), '/dashboard', { headers: ACTION }))
    expect(read.response.headers.get('location')).toBe('/login?next=%2Fdashboard')
  })
})

describe('the way to /api/me, which takes the cookies of a deleted account away', () => {
  /** Comes with an access token that has run out. */
  async function aVisit(request: (headers: Record<string, string>) => Request) {
    const world = aWorld()
    const old = await aSignedInUser(world)
    world.wait(LATER)
    const passage = await passGate(
      world.services,
      'cloudflare',
      request({ cookie: sessionCookie(old) }),
      new URL(`${ORIGIN}/api/me`),
    )
    return passed(passage)
  }

  it.each([
    ['DELETE', (headers: Record<string, string>) => aRequest('/api/me', { method: 'DELETE', headers })],
    ['a form', (headers: Record<string, string>) => aFormPost('/api/me', { _method: 'DELETE' }, headers)],
  ])('renews for %s behind the gate alone: one writer per cookie', async (_, request) => {
    const { setCookies, cookie } = await aVisit(request)
    expect(setCookies).toEqual([])
    expect(cookie).toMatch(/^__Host-access=.+; __Host-refresh=/)
  })

  it('renews with new cookies for what changes none', async () => {
    for (const method of ['GET', 'PATCH']) {
      const { setCookies } = await aVisit((headers) => aRequest('/api/me', { method, headers }))
      expect(setCookies).toHaveLength(2)
    }
  })
})

describe('a request from another origin that changes something', () => {
  it.each([...PUBLIC_API, ...COOKIE_WRITERS, '/api/me', '/', '/dashboard'])(
    'is refused at %s before anything else',
    async (path) => {
      const world = aWorld()
      const signedIn = await aSignedInUser(world)
      world.wait(LATER)
      world.takeTrips()
      const headers = {
        cookie: sessionCookie(signedIn),
        origin: 'https://other.example',
        'sec-fetch-site': 'cross-site',
      }
      const passage = await pass(world, path, { method: 'POST', headers })
      expect(answered(passage).setCookies).toEqual([])
      expect(await codeOf(passage)).toEqual([403, 'cross_origin'])
      expect(world.takeTrips()).toEqual([])
    },
  )

  it('passes when it only reads', async () => {
    const world = aWorld()
    const headers = { cookie: sessionCookie(await aSignedInUser(world)), 'sec-fetch-site': 'cross-site' }
    expect(await pass(world, '/dashboard', { headers })).toMatchObject(UNTOUCHED)
  })
})
