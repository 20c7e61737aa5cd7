import { describe, expect, it, vi } from 'vitest'
import { MailUnavailable } from '../../../lib/auth/mail.ts'
import { fail, ok } from '../../../lib/auth/result.ts'
import { SettingsError } from '../../../lib/env.ts'
import {
  answerSafely,
  type Exchange,
  endpoint,
  type Handlers,
  json,
  readPresented,
} from '../../../lib/http/endpoint.ts'
import type { FormPages } from '../../../lib/http/form.ts'
import { StoreUnavailable } from '../../../lib/store/deadline.ts'
import { aFormPost, aPost, aRequest, ORIGIN, sessionCookie } from '../../support/requests.ts'
import { aSignedInUser, aVisitor, aWorld, type World } from '../../support/world.ts'

const PATH = '/api/test'

/** An endpoint whose handlers note what they were called with. */
function anEndpoint(given: Handlers = {}, { form, world = aWorld() }: { form?: FormPages; world?: World } = {}) {
  const exchanges: Exchange[] = []
  const open = vi.fn(async () => ({ services: world.services, visitor: aVisitor() }))
  const note = async (exchange: Exchange) => {
    exchanges.push(exchange)
    return ok(json({ here: 'I am' }))
  }
  const methods = endpoint(open, { GET: note, POST: note, ...given }, form)
  const send = (request: Request) => Object.entries(methods).find(([name]) => name === request.method)?.[1](request)
  return {
    exchanges,
    open,
    methods,
    async send(request: Request): Promise<Response> {
      const response = await send(request)
      if (!response) throw new Error(`no function for ${request.method}`)
      return response
    },
  }
}

/** What is written to the log, silently. */
function theLog(): string[] {
  const lines: string[] = []
  vi.spyOn(console, 'error').mockImplementation((line) => lines.push(String(line)))
  return lines
}

async function codeOf(response: Response): Promise<[number, string]> {
  return [response.status, Object(await response.json()).code]
}

describe('the methods of an endpoint', () => {
  it('are answered, every one, by us', () => {
    expect(Object.keys(anEndpoint().methods).sort()).toEqual([
      'DELETE',
      'GET',
      'HEAD',
      'OPTIONS',
      'PATCH',
      'POST',
      'PUT',
    ])
  })

  it.each(['PUT', 'PATCH', 'DELETE'])(
    'refuse %s with those that are allowed, and open nothing for it',
    async (method) => {
      const { send, open } = anEndpoint()
      const response = await send(aRequest(PATH, { method }))
      expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
      expect(await codeOf(response)).toEqual([405, 'method_not_allowed'])
      expect(open).not.toHaveBeenCalled()
    },
  )

  it('refuse HEAD where there is no GET', async () => {
    const { send } = anEndpoint({ GET: undefined })
    const response = await send(aRequest(PATH, { method: 'HEAD' }))
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'OPTIONS, POST'])
  })

  it('answer HEAD as GET, without the body', async () => {
    const { send } = anEndpoint()
    const [get, head] = [await send(aRequest(PATH)), await send(aRequest(PATH, { method: 'HEAD' }))]
    expect(head.status).toBe(200)
    expect([...head.headers]).toEqual([...get.headers])
    expect(head.body).toBeNull()
  })

  it('answer OPTIONS with those that are allowed, and grant no other origin anything', async () => {
    const { send, open } = anEndpoint()
    const headers = { origin: 'https://other.example', 'access-control-request-method': 'POST' }
    const response = await send(aRequest(PATH, { method: 'OPTIONS', headers }))
    expect(response.status).toBe(204)
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST')
    expect(open).not.toHaveBeenCalled()
  })
})

describe('a handler', () => {
  it('gets the fields of the body, the visitor, and the tokens that were shown', async () => {
    const { send, exchanges } = anEndpoint()
    const cookie = '__Host-access=access; __Host-refresh=refresh'
    await send(aPost(`${PATH}?a=b`, { email: 'ada@example.com' }, { cookie, authorization: 'Bearer token' }))
    expect(exchanges).toMatchObject([
      {
        fields: { email: 'ada@example.com' },
        presented: { bearer: 'token', accessCookie: 'access' },
        refreshCookie: 'refresh',
        visitor: { userAgent: 'Mozilla/5.0' },
      },
    ])
    expect(exchanges[0]?.url.href).toBe(`${ORIGIN}${PATH}?a=b`)
  })

  it('learns who is signed in, and gets the refusal to answer with when nobody is', async () => {
    const world = aWorld()
    const signedIn = await aSignedInUser(world)
    const { send } = anEndpoint(
      {
        async GET({ requireUser }) {
          const user = await requireUser()
          return user.ok ? ok(json({ id: user.value.id })) : user
        },
      },
      { world },
    )
    const known = await send(aRequest(PATH, { headers: { cookie: sessionCookie(signedIn) } }))
    expect(await known.json()).toEqual({ id: signedIn.user.id })
    expect(await codeOf(await send(aRequest(PATH)))).toEqual([401, 'unauthenticated'])
  })

  it('learns whether who is signed in has a role', async () => {
    const world = aWorld()
    const cookie = sessionCookie(await aSignedInUser(world))
    const { send } = anEndpoint(
      {
        async GET({ requireRole, url }) {
          const user = await requireRole(url.searchParams.get('role') ?? '')
          return user.ok ? ok(json({})) : user
        },
      },
      { world },
    )
    expect((await send(aRequest(`${PATH}?role=user`, { headers: { cookie } }))).status).toBe(200)
    expect(await codeOf(await send(aRequest(`${PATH}?role=admin`, { headers: { cookie } })))).toEqual([
      403,
      'forbidden',
    ])
    expect(await codeOf(await send(aRequest(`${PATH}?role=user`)))).toEqual([401, 'unauthenticated'])
  })

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('gets the body of %s', async (method) => {
    const given: Handlers = { [method]: async ({ fields }: Exchange) => ok(json(fields)) }
    const { send } = anEndpoint(given)
    const headers = { 'content-type': 'application/json' }
    const request = aRequest(PATH, { method, headers, body: '{"password":"hunter2!"}' })
    expect(await (await send(request)).json()).toEqual({ password: 'hunter2!' })
  })

  it('is not called for a request from another origin, whose body nobody reads', async () => {
    const { send, exchanges } = anEndpoint()
    const request = aPost(PATH, {}, { origin: 'https://other.example' })
    expect(await codeOf(await send(request))).toEqual([403, 'cross_origin'])
    expect(request.bodyUsed).toBe(false)
    expect(exchanges).toEqual([])
  })

  it.each([
    ['malformed', '{', 'application/json', 400, 'malformed_body'],
    ['too large', 'x'.repeat(16_385), 'application/json', 413, 'body_too_large'],
    ['of another type', 'x', 'text/plain', 415, 'unsupported_media_type'],
  ])('is not called for a body that is %s', async (_, body, type, status, code) => {
    const { send, exchanges } = anEndpoint()
    const request = aRequest(PATH, { method: 'POST', body, headers: { 'content-type': type } })
    expect(await codeOf(await send(request))).toEqual([status, code])
    expect(exchanges).toEqual([])
  })

  it('that refuses becomes a problem', async () => {
    const { send } = anEndpoint({ POST: async () => fail({ code: 'email_taken' as const }) })
    expect(await codeOf(await send(aPost(PATH, {})))).toEqual([409, 'email_taken'])
  })
})

describe('what is wrong with us', () => {
  const broken = (error: unknown) =>
    anEndpoint({
      POST: async () => {
        throw error
      },
    })

  it('is told to the log, and to the client only that it is', async () => {
    const log = theLog()
    const response = await broken(new TypeError('secret is undefined')).send(aPost(PATH, {}))
    const body = Object(await response.json())
    expect(response.status).toBe(500)
    expect(body).toEqual({
      type: 'about:blank',
      title: 'Something went wrong on our side',
      status: 500,
      code: 'internal_error',
      instance: expect.stringMatching(/^urn:uuid:[\da-f-]{36}$/),
    })
    expect(log).toHaveLength(1)
    const line = JSON.parse(log[0] ?? '')
    expect(line).toMatchObject({ event: 'error', instance: body.instance, path: PATH })
    expect(line.cause).toContain('TypeError: secret is undefined')
  })

  it.each(['text', null, undefined, 7])('may be thrown as %j', async (thrown) => {
    theLog()
    expect(await codeOf(await broken(thrown).send(aPost(PATH, {})))).toEqual([500, 'internal_error'])
  })

  it('names the variables when it is a setting', async () => {
    const log = theLog()
    const failing = endpoint(async () => {
      throw new SettingsError('AUTH_KEYS is missing: it must be a list')
    }, {})
    expect((await failing.GET(aRequest(PATH))).status).toBe(405)
    const withGet = endpoint(
      async () => {
        throw new SettingsError('AUTH_KEYS is missing: it must be a list')
      },
      { GET: async () => ok(new Response()) },
    )
    const response = await withGet.GET(aRequest(PATH))
    expect(response.status).toBe(500)
    expect(Object(await response.json()).detail).toBe('AUTH_KEYS is missing: it must be a list')
    expect(log.join()).toContain('AUTH_KEYS is missing')
  })

  it('says when the store is out of reach, whoever found out, and touches no cookie', async () => {
    const log = theLog()
    const outage = new StoreUnavailable(new Error('connection refused'))
    const unreachable = async () => {
      throw outage
    }
    const responses = [
      await broken(outage).send(aPost(PATH, {})),
      await endpoint(unreachable, { GET: async () => ok(new Response()) }).GET(aRequest(PATH)),
      await answerSafely(aRequest(PATH), unreachable),
    ]
    for (const response of responses) {
      expect(response.headers.getSetCookie()).toEqual([])
      expect(response.headers.get('retry-after')).toBe('5')
      expect(await codeOf(response)).toEqual([503, 'store_unavailable'])
    }
    expect(log).toHaveLength(3)
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ event: 'store.unavailable', reason: 'connection refused' })
  })

  it('says when the provider takes no mail, also to a form', async () => {
    const log = theLog()
    const outage = new MailUnavailable('resend: 500')
    const response = await broken(outage).send(aPost(PATH, {}))
    expect(response?.headers.get('retry-after')).toBe('5')
    expect(response && (await codeOf(response))).toEqual([503, 'mail_unavailable'])
    expect(JSON.parse(log[0] ?? '')).toMatchObject({ event: 'mail.unavailable', reason: 'resend: 500' })
    const form = anEndpoint({ POST: () => Promise.reject(outage) }, { form: { page: '/login' } })
    const back = await form.send(aFormPost(PATH, {}))
    expect(back?.headers.get('location')).toBe('/login?error=mail_unavailable')
  })
})

describe('a page’s form', () => {
  const FORM = { page: '/login' }
  const refusing = { POST: async () => fail({ code: 'invalid_credentials' as const }) }

  it('is answered with where to go: on, or back', async () => {
    const fields = { email: 'ada@example.com', password: 'hunter2!', next: '/account' }
    const accepted = await anEndpoint({}, { form: FORM }).send(aFormPost(PATH, fields))
    expect([accepted.status, accepted.headers.get('location')]).toEqual([303, '/account'])

    const refused = await anEndpoint(refusing, { form: FORM }).send(aFormPost(PATH, fields))
    expect(refused.status).toBe(303)
    expect(refused.headers.get('location')).toBe('/login?error=invalid_credentials&next=%2Faccount')
    expect(refused.headers.getSetCookie().join()).toMatch(/^__Host-form=/)
  })

  it('leads back when its body cannot be read, and when the store is out of reach', async () => {
    theLog()
    const { send } = anEndpoint({}, { form: FORM })
    const large = await send(aFormPost(PATH, { email: 'x'.repeat(16_384) }))
    expect(large.headers.get('location')).toBe('/login?error=body_too_large')
    const outage = anEndpoint({ POST: () => Promise.reject(new StoreUnavailable('down')) }, { form: FORM })
    const response = await outage.send(aFormPost(PATH, {}))
    expect(response.headers.get('location')).toBe('/login?error=store_unavailable')
  })

  it('is answered with data when a script sent it, or no page holds it', async () => {
    const scripted = aFormPost(PATH, {}, { accept: 'application/json' })
    expect((await anEndpoint(refusing, { form: FORM }).send(scripted)).status).toBe(401)
    expect((await anEndpoint(refusing).send(aFormPost(PATH, {}))).status).toBe(401)
    expect((await anEndpoint(refusing, { form: FORM }).send(aPost(PATH, {}))).status).toBe(401)
  })

  it('of another site is refused', async () => {
    const { send, exchanges } = anEndpoint({}, { form: FORM })
    const response = await send(
      aFormPost(PATH, {}, { origin: 'https://other.example', 'sec-fetch-site': 'cross-site' }),
    )
    expect(await codeOf(response)).toEqual([403, 'cross_origin'])
    expect(exchanges).toEqual([])
  })
})

describe('a page’s form that stands for another method', () => {
  const by = (name: string) => async () => ok(json({ by: name }))
  const HANDLERS: Handlers = { POST: undefined, PATCH: by('PATCH'), DELETE: by('DELETE') }
  const FORMS: FormPages = (method, { pathname }) => ({ page: pathname, form: method, leadsTo: `/done/${method}` })

  it.each(['PATCH', 'DELETE'])('is answered by the function of %s, and leads where that one does', async (method) => {
    const { send } = anEndpoint(HANDLERS, { form: FORMS })
    const response = await send(aFormPost(PATH, { _method: method }))
    expect([response.status, response.headers.get('location')]).toEqual([303, `/done/${method}`])
  })

  it.each(['PATCH', 'DELETE'])('is led back by the page of %s when it was refused', async (method) => {
    const refuse = async () => fail({ code: 'wrong_password' as const })
    const { send } = anEndpoint({ PATCH: refuse, DELETE: refuse }, { form: FORMS })
    const response = await send(aFormPost(PATH, { _method: method }))
    expect(response.headers.get('location')).toBe(`${PATH}?error=wrong_password&form=${method}#${method}`)
  })

  it('goes to the log-in, and back to its page, when nobody is signed in', async () => {
    const { send } = anEndpoint(
      {
        async DELETE({ requireUser }) {
          const user = await requireUser({ fresh: true })
          return user.ok ? ok(json({})) : user
        },
      },
      { form: { page: '/account', form: 'delete', leadsTo: '/' } },
    )
    const response = await send(aFormPost(PATH, { _method: 'DELETE' }))
    expect([response.status, response.headers.get('location')]).toEqual([303, '/login?next=%2Faccount'])
  })

  it.each([
    ['of no method', {}],
    ['of POST', { _method: 'POST' }],
    ['of a method that a form has no word for', { _method: 'PUT' }],
    ['of a method in small letters', { _method: 'delete' }],
    ['of a name that every object has', { _method: 'toString' }],
  ])('%s is refused where nothing takes POST', async (_, fields) => {
    const { send } = anEndpoint({ ...HANDLERS, PUT: by('PUT') }, { form: FORMS })
    const response = await send(aFormPost(PATH, fields))
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, PUT, PATCH, DELETE')
    expect(await codeOf(response)).toEqual([405, 'method_not_allowed'])
  })

  it('of a method that there is no function for is refused, though there is one for POST', async () => {
    const { send, exchanges } = anEndpoint({}, { form: FORMS })
    expect(await codeOf(await send(aFormPost(PATH, { _method: 'DELETE' })))).toEqual([405, 'method_not_allowed'])
    expect(exchanges).toEqual([])
  })

  it('stands for nothing where no page holds it, or a script sent it', async () => {
    const both: Handlers = { POST: by('POST'), DELETE: by('DELETE') }
    const bodyOf = async (response: Response) => Object(await response.json()).by
    expect(await bodyOf(await anEndpoint(both).send(aFormPost(PATH, { _method: 'DELETE' })))).toBe('POST')
    const scripted = aFormPost(PATH, { _method: 'DELETE' }, { accept: 'application/json' })
    expect(await bodyOf(await anEndpoint(both, { form: FORMS }).send(scripted))).toBe('POST')
    const json = aPost(PATH, { _method: 'DELETE' })
    expect(await bodyOf(await anEndpoint(both, { form: FORMS }).send(json))).toBe('POST')
  })

  it('of another site is refused', async () => {
    const foreign = { origin: 'https://other.example', 'sec-fetch-site': 'cross-site' }
    const response = await anEndpoint(HANDLERS, { form: FORMS }).send(aFormPost(PATH, { _method: 'DELETE' }, foreign))
    expect(await codeOf(response)).toEqual([403, 'cross_origin'])
  })
})

describe('the tokens that a request shows', () => {
  it.each([
    ['Bearer token', 'token'],
    ['bearer token', 'token'],
    ['BEARER   token  ', 'token'],
    ['Bearer', null],
    ['Bearer ', null],
    ['Bearer two tokens', null],
    ['Basic dXNlcjpwYXNz', null],
    ['xBearer token', null],
    ['', null],
  ])('%j is %j', (authorization, bearer) => {
    const headers = new Headers({ authorization, cookie: '__Host-access=cookie' })
    expect(readPresented(headers, new URL(ORIGIN))).toEqual({ bearer, accessCookie: 'cookie' })
  })

  it('are none when there are none', () => {
    expect(readPresented(new Headers(), new URL(ORIGIN))).toEqual({ bearer: null, accessCookie: null })
  })
})
