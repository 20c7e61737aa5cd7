import { describe, expect, it } from 'vitest'
import type { Outgoing } from '../support/client.ts'
import { aVisitor, describeApp } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const ROUTES = ['signup', 'login', 'refresh', 'logout', 'password/forgot', 'email/verify', 'login/link', 'secure']
const LIMIT = 16 * 1024

/** What comes of a body that says nothing, where that is not `422`. */
const WITHOUT_FIELDS = new Map([
  ['refresh', 401],
  ['logout', 204],
])

const MALFORMED: [string, Outgoing][] = [
  ['JSON that breaks off', { body: '{"email":', headers: JSON_TYPE }],
  ['a JSON list', { body: '[]', headers: JSON_TYPE }],
  ['a JSON text', { body: '"x"', headers: JSON_TYPE }],
  ['null', { body: 'null', headers: JSON_TYPE }],
  ['bytes that are not UTF-8', { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), headers: JSON_TYPE }],
  ['a multipart body without its boundary', { body: 'x', headers: { 'content-type': 'multipart/form-data' } }],
  [
    'a multipart body that breaks off',
    {
      body: '--b\r\ncontent-disp',
      headers: { 'content-type': 'multipart/form-data; boundary=b', accept: 'application/json' },
    },
  ],
  [
    'a file in the place of a text',
    {
      body: '--b\r\ncontent-disposition: form-data; name="email"; filename="x"\r\n\r\nx\r\n--b--\r\n',
      headers: { 'content-type': 'multipart/form-data; boundary=b', accept: 'application/json' },
    },
  ],
]

const UNSUPPORTED: [string, Outgoing][] = [
  ['text', { body: '{}', headers: { 'content-type': 'text/plain' } }],
  ['XML', { body: '<x/>', headers: { 'content-type': 'application/xml' } }],
  ['what only begins like JSON', { body: '{}', headers: { 'content-type': 'application/jsonp' } }],
  ['a body without a type', { body: '{}' }],
]

describeApp('A body', (app) => {
  describe.each(ROUTES)('for /api/auth/%s', (route) => {
    const path = `/api/auth/${route}`
    const post = (outgoing: Outgoing) => {
      const headers = { accept: 'application/json', ...outgoing.headers }
      return aVisitor(app).send(path, { method: 'POST', ...outgoing, headers })
    }

    it.each(MALFORMED)('that is malformed is refused: %s', async (_, outgoing) => {
      expectProblem(await post(outgoing), 400, 'malformed_body')
    })

    it.each(UNSUPPORTED)('of an unknown type is refused: %s', async (_, outgoing) => {
      expectProblem(await post(outgoing), 415, 'unsupported_media_type')
    })

    it.each([
      ['announced', false],
      ['sent piece by piece', true],
    ])('over 16 KiB is refused, %s', async (_, chunked) => {
      const form = { body: `x=${'y'.repeat(LIMIT)}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      const [over, farOver] = [LIMIT + 1, 1_000_000].map((bytes) => ({ body: jsonOf(bytes), headers: JSON_TYPE }))
      for (const outgoing of [over, farOver, form]) {
        expectProblem(await post({ ...outgoing, chunked }), 413, 'body_too_large')
      }
    })

    it.each([
      ['announced', false],
      ['sent piece by piece', true],
    ])('of 16 KiB is read, %s', async (_, chunked) => {
      const { status } = await post({ body: jsonOf(LIMIT), headers: JSON_TYPE, chunked })
      expect(status).toBe(WITHOUT_FIELDS.get(route) ?? 422)
    })

    it('may name its charset, and spell its type as it likes', async () => {
      const answer = await post({ body: '{}', headers: { 'content-type': 'Application/JSON; charset=utf-8' } })
      expect(answer.status).toBe(WITHOUT_FIELDS.get(route) ?? 422)
    })

    it('may be missing', async () => {
      expect((await post({})).status).toBe(WITHOUT_FIELDS.get(route) ?? 422)
    })

    it('that is refused sets no cookie', async () => {
      for (const [, outgoing] of [...MALFORMED, ...UNSUPPORTED]) expect((await post(outgoing)).setCookies).toEqual([])
    })
  })
})

describeApp('A body of a request that reads', (app) => {
  it.each<[string, Outgoing]>([
    ['that is said to be empty', { headers: { 'content-length': '0' } }],
    ['that is there', { body: '{"email":"x"}', headers: JSON_TYPE }],
    ['that is sent piece by piece', { body: 'x', chunked: true, headers: { 'transfer-encoding': 'chunked' } }],
    ['that is too large', { body: jsonOf(LIMIT * 2), headers: JSON_TYPE }],
  ])('means nothing: one %s', async (_, outgoing) => {
    for (const method of ['GET', 'HEAD']) {
      for (const path of ['/api/auth/session', '/api/health', '/login']) {
        expect((await aVisitor(app).send(path, { ...outgoing, method })).status).toBe(200)
      }
      expect((await aVisitor(app).send('/api/me', { ...outgoing, method })).status).toBe(401)
    }
  })
})

/** A JSON object of so many bytes. */
function jsonOf(bytes: number): string {
  return `{"x":"${'y'.repeat(bytes - 8)}"}`
}
