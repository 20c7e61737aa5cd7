import { expect } from 'vitest'
import type { Answer } from '../../support/client.ts'

const ATTRIBUTES = ['path=/', 'httponly', 'samesite=lax']
/** A nonce, and a tag for each account. */
const MARK = /^[\w-]{22}(?:\.[\w-]{22}){1,5}$/
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]{20,}|\bv1\.[\w-]{8}\.[\w-]{22}\./

/** What docs/api.md promises of every answer, whatever was asked. */
export function expectPromisesKept(path: string, answer: Answer): void {
  const { status, fields, text, setCookies } = answer
  const isApi = /^\/api\//.test(path)
  const values = (name: string) => fields.filter(([each]) => each === name).map(([, value]) => value)

  expect(fields.filter(([name]) => name.startsWith('x-middleware-'))).toEqual([])
  // The framework's own redirect to the path without its trailing slash comes before anything of ours.
  if ((isApi && status !== 308) || setCookies.length > 0) expect(values('cache-control')).toEqual(['private, no-store'])
  if (isApi && status >= 400 && answer.method !== 'HEAD') expectProblem(answer, status)

  // Nobody is shown what is nobody's business.
  expect(text).not.toMatch(/\n\s+at .+:\d+:\d+|\$pbkdf2/)
  if (answer.json?.accessToken === undefined) expect(text).not.toMatch(TOKEN)
  for (const [name, value] of fields) if (name !== 'set-cookie') expect(value).not.toMatch(TOKEN)

  // One writer per cookie.
  const names = setCookies.map(({ name }) => name)
  expect(names).toEqual([...new Set(names)])
}

/** Problem details (RFC 9457) with a code of docs/api.md. */
export function expectProblem(answer: Answer, status: number, code: unknown = expect.any(String)): void {
  expect(answer.header('content-type')).toBe('application/problem+json')
  const { errors, detail, instance, ...rest } = answer.json
  expect({ ...rest, httpStatus: answer.status }).toEqual({
    type: 'about:blank',
    title: expect.any(String),
    status,
    code,
    httpStatus: status,
  })
  expect(Boolean(errors)).toBe(rest.code === 'invalid_fields')
  expect(Boolean(instance)).toBe(rest.code === 'internal_error')
  expect(detail === undefined || rest.code === 'internal_error').toBe(true)
  if (status === 401) expect(answer.header('www-authenticate')).toBe('Bearer')
  expect(Boolean(answer.header('retry-after'))).toBe(status === 429 || status === 503)
}

/** Both cookies taken away, with the attributes under which they were set. */
export function expectCookiesCleared({ setCookies }: Answer): void {
  expect(setCookies).toEqual([
    { name: 'access', value: '', attributes: ATTRIBUTES, maxAge: 0 },
    { name: 'refresh', value: '', attributes: ATTRIBUTES, maxAge: 0 },
  ])
}

/** The session's cookies set, and the browser's mark. @param maxAge of the refresh token, in seconds; null: until the browser ends */
export function expectSignInCookiesSet(answer: Answer, maxAge: number | null, accessTtl = 600): void {
  const [mark] = answer.setCookies.slice(2)
  expect(mark).toEqual({
    name: 'device',
    value: expect.stringMatching(MARK),
    attributes: ATTRIBUTES,
    maxAge: 31_536_000,
  })
  expectCookiesSet({ setCookies: answer.setCookies.filter((each) => each !== mark) }, maxAge, accessTtl)
}

/** Both cookies of the session set, and no other. @param maxAge as above */
export function expectCookiesSet(
  { setCookies }: Pick<Answer, 'setCookies'>,
  maxAge: number | null,
  accessTtl = 600,
): void {
  expect(setCookies).toEqual([
    { name: 'access', value: expect.stringMatching(/^eyJ/), attributes: ATTRIBUTES, maxAge: aboutSeconds(accessTtl) },
    {
      name: 'refresh',
      value: expect.stringMatching(/^v1\./),
      attributes: ATTRIBUTES,
      maxAge: maxAge === null ? null : aboutSeconds(maxAge),
    },
  ])
}

/** A little less is fine: time goes by. */
function aboutSeconds(seconds: number): unknown {
  const passed = Math.min(seconds / 2, 60)
  return expect.toSatisfy((value: number) => Number.isInteger(value) && value <= seconds && value >= seconds - passed)
}

/** `user` and `session` as docs/api.md has them, and nothing else. */
export function expectSignedInBody(body: unknown): void {
  expect(body).toEqual({
    user: {
      id: expect.stringMatching(/^[\w-]{22}$/),
      email: expect.any(String),
      emailVerified: false,
      name: expect.toSatisfy((name: unknown) => name === null || typeof name === 'string'),
      roles: ['user'],
      createdAt: ISO_TIME,
    },
    session: { id: expect.stringMatching(/^[\w-]{22}$/), expiresAt: ISO_TIME, accessExpiresAt: ISO_TIME },
  })
}

/** ISO 8601 in UTC, to the second. */
export const ISO_TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/)
