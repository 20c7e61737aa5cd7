import { describe, expect, it } from 'vitest'
import { isFormPost, readFields } from '../../../lib/http/body.ts'
import { aFormPost, aPost, aRequest } from '../../support/requests.ts'

const LIMIT = 16 * 1024
const MEBIBYTE = 1024 * 1024

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return aRequest('/api/auth/login', { method: 'POST', body, headers })
}

/** Sends `bytes` in pieces, so that nobody knows beforehand how many. */
function streamed(bytes: number, headers: Record<string, string>): { request: Request; sent(): number } {
  let left = bytes
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = Math.min(left, 1_000)
      if (size === 0) return controller.close()
      left -= size
      controller.enqueue(new Uint8Array(size).fill(0x20))
    },
  })
  return { request: post(body, headers), sent: () => bytes - left }
}

const refusal = (code: string) => ({ ok: false, error: { code } })
const fields = (value: object) => ({ ok: true, value })

describe('a JSON body', () => {
  it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON', ' application/json '])(
    'of type %j is read',
    async (type) => {
      const request = post('{"email":"ä@example.com","remember":true}', { 'content-type': type })
      expect(await readFields(request)).toEqual(fields({ email: 'ä@example.com', remember: true }))
    },
  )

  it.each([
    ['a list', '[{"email":"a"}]'],
    ['null', 'null'],
    ['a text', '"email"'],
    ['a number', '7'],
    ['a half', '{"email":'],
    ['two', '{}{}'],
    ['a form', 'email=a&password=b'],
    ['spaces', '   '],
    ['bytes that are no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong slash', new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
    ['UTF-16', new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])('that is %s is malformed', async (_, body) => {
    expect(await readFields(post(body, { 'content-type': 'application/json' }))).toEqual(refusal('malformed_body'))
  })

  it.each([
    ['no UTF-8', [0x22, 0xff, 0x22]],
    ['half a character', [0xe2, 0x82]],
  ])('that is good is read after one that is %s', async (_, bad) => {
    await readFields(post(new Uint8Array(bad), { 'content-type': 'application/json' }))
    const good = post('\ufeff{"name":"\ufeff€"}', { 'content-type': 'application/json' })
    expect(await readFields(good)).toEqual(fields({ name: '\ufeff€' }))
  })

  it('reaches nothing but its own fields', async () => {
    const read = await readFields(post('{"__proto__":{"admin":true}}', { 'content-type': 'application/json' }))
    expect(read.ok && read.value.admin).toBeUndefined()
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false)
  })
})

describe('a form', () => {
  it('in either encoding gives its fields as text', async () => {
    const data = new FormData()
    data.set('email', 'ä@example.com')
    data.set('remember', 'on')
    const expected = fields({ email: 'ä@example.com', remember: 'on' })
    expect(await readFields(post(data))).toEqual(expected)
    expect(await readFields(post(new URLSearchParams({ email: 'ä@example.com', remember: 'on' })))).toEqual(expected)
    const charset = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
    expect(await readFields(post('email=%C3%A4%40example.com&remember=on', charset))).toEqual(expected)
  })

  it('gives the values of a name that repeats as a list, in their order', async () => {
    const query = 'roles=&roles=user&email=a&roles=admin'
    const data = new FormData()
    for (const [name, value] of new URLSearchParams(query)) data.append(name, value)
    const expected = fields({ roles: ['', 'user', 'admin'], email: 'a' })
    expect(await readFields(post(new URLSearchParams(query)))).toEqual(expected)
    expect(await readFields(post(data))).toEqual(expected)
  })

  it('reaches nothing but its own fields', async () => {
    const read = await readFields(post(new URLSearchParams('__proto__=a&__proto__=b')))
    expect(read.ok && Object.getPrototypeOf(read.value)).toBe(Object.prototype)
  })

  it('without fields is one', async () => {
    expect(await readFields(post(new URLSearchParams()))).toEqual(fields({}))
  })

  it('with a file in it is malformed', async () => {
    const data = new FormData()
    data.set('email', new File(['ada@example.com'], 'email.txt'))
    expect(await readFields(post(data))).toEqual(refusal('malformed_body'))
    data.append('email', 'ada@example.com')
    expect(await readFields(post(data))).toEqual(refusal('malformed_body'))
  })

  it.each([
    ['without a boundary', 'multipart/form-data', 'email=a'],
    ['with another boundary', 'multipart/form-data; boundary=x', '--y\r\n\r\n--y--'],
    ['cut off', 'multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na'],
    ['empty', 'multipart/form-data; boundary=x', ''],
  ])('of several parts %s is malformed', async (_, type, body) => {
    expect(await readFields(post(body, { 'content-type': type }))).toEqual(refusal('malformed_body'))
  })
})

describe('no body', () => {
  it.each([
    ['without a type', {}],
    ['of type JSON', { 'content-type': 'application/json' }],
    ['of a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ])('%s is an object without fields', async (_, headers) => {
    expect(await readFields(post(null, headers))).toEqual(fields({}))
  })
})

describe('another type', () => {
  it.each(['text/plain', 'application/xml', 'application/jsonx', 'text/json', 'application/problem+json', 'json'])(
    '%s is not supported',
    async (type) => {
      expect(await readFields(post('{}', { 'content-type': type }))).toEqual(refusal('unsupported_media_type'))
    },
  )

  it('or none at all is not supported', async () => {
    expect(await readFields(post(new TextEncoder().encode('{}')))).toEqual(refusal('unsupported_media_type'))
  })
})

describe('the size of a body', () => {
  const json = { 'content-type': 'application/json' }
  const ofSize = (bytes: number) => `{"email":"${'x'.repeat(bytes - 12)}"}`

  it('is at most 16 KiB', async () => {
    expect(await readFields(post(ofSize(LIMIT), json))).toMatchObject({ ok: true })
    expect(await readFields(post(ofSize(LIMIT + 1), json))).toEqual(refusal('body_too_large'))
  })

  it('is counted in bytes', async () => {
    expect(await readFields(post(`{"email":"${'ä'.repeat(LIMIT / 2)}"}`, json))).toEqual(refusal('body_too_large'))
  })

  it('is refused by what the client says of it, before anything is read, where that is more than a mebibyte', async () => {
    const { request, sent } = streamed(3_000_000, { ...json, 'content-length': String(MEBIBYTE + 1) })
    expect(await readFields(request)).toEqual(refusal('body_too_large'))
    expect(sent()).toBeLessThan(LIMIT)
  })

  it.each([LIMIT + 1, 500_000])(
    'is refused once all is there, for a client that listens only then (%d bytes)',
    async (bytes) => {
      const ways: Record<string, string>[] = [{ 'content-length': String(bytes) }, {}]
      for (const headers of ways) {
        const { request, sent } = streamed(bytes, { ...json, ...headers })
        expect(await readFields(request)).toEqual(refusal('body_too_large'))
        expect(sent()).toBe(bytes)
      }
    },
  )

  it('is refused while it arrives when the client does not say, or not clearly', async () => {
    const unclear: Record<string, string>[] = [
      {},
      { 'content-length': 'x' },
      { 'content-length': '10', 'transfer-encoding': 'chunked' },
    ]
    for (const headers of unclear) {
      const { request, sent } = streamed(3_000_000, { ...json, ...headers })
      expect(await readFields(request)).toEqual(refusal('body_too_large'))
      expect(sent()).toBeLessThan(MEBIBYTE + 2 * LIMIT)
    }
  })

  it('is refused when there is more of it than the client says', async () => {
    const { request } = streamed(LIMIT + 1, { ...json, 'content-length': '10' })
    expect(await readFields(request)).toEqual(refusal('body_too_large'))
  })

  it('is refused before its type', async () => {
    expect(await readFields(post('x'.repeat(LIMIT + 1)))).toEqual(refusal('body_too_large'))
  })
})

describe('a form post of a page, which is answered with redirects', () => {
  it.each([
    ['a form', aFormPost('/', { a: 'b' }), true],
    ['a form of several parts', aRequest('/', { method: 'POST', body: new FormData() }), true],
    ['a form of a client that reads JSON', aFormPost('/', { a: 'b' }, { accept: 'application/json' }), false],
    ['JSON', aPost('/', {}), false],
    ['JSON of a browser', aPost('/', {}, { accept: 'text/html' }), false],
    ['nothing', post(null), false],
    ['a form by another method', aRequest('/', { method: 'PUT', body: new URLSearchParams('a=b') }), false],
  ])('%s: %#', (_, request, expected) => {
    expect(isFormPost(request)).toBe(expected)
  })
})
