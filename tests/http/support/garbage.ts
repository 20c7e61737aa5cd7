/** Requests that nobody in their right mind sends, generated, and what each may be answered with. */
import fc from 'fast-check'

/** Whose tokens a request carries. `spoiled` are those of a member of whom nothing may come undone. */
type Who = 'stranger' | 'member' | 'admin' | 'spoiled'

/** One request. Ids, addresses and tokens are written as `{name}` until it is sent: they differ from run to run. */
export interface Garbage {
  method: string
  path: string
  headers: Record<string, string>
  body: string | null
  /** Bytes above 0x7f as they are, which is no UTF-8. */
  isBinary: boolean
  isChunked: boolean
  /** The path is no path: bytes, or encoded bytes, that are no UTF-8, or a percent sign without them. */
  isMalformed: boolean
  /** Statuses that docs/api.md has for it. */
  allowed: number[]
}

interface Route {
  path: string
  /** Statuses by method, beside those of every route. */
  methods: Record<string, number[]>
  isPublic?: true
  takesForms?: true
}

const READING = ['GET', 'HEAD', 'OPTIONS']
const BODY_REFUSALS = [400, 413, 415, 422]
/** Under `/api`, where there is nothing. */
const NOWHERE = ['/api', '/api/{id}']

/** The table of docs/api.md. */
const ROUTES: Route[] = [
  { path: '/api/auth/signup', methods: { POST: [201, 409] }, isPublic: true, takesForms: true },
  { path: '/api/auth/login', methods: { POST: [200, 401] }, isPublic: true, takesForms: true },
  { path: '/api/auth/refresh', methods: { POST: [200, 401] }, isPublic: true },
  { path: '/api/auth/logout', methods: { POST: [204] }, isPublic: true, takesForms: true },
  { path: '/api/auth/session', methods: { GET: [200] }, isPublic: true },
  { path: '/api/auth/sessions', methods: { GET: [200], DELETE: [204] }, takesForms: true },
  { path: '/api/auth/sessions/{id}', methods: { DELETE: [204, 404] }, takesForms: true },
  { path: '/api/auth/activity', methods: { GET: [200] } },
  { path: '/api/auth/password', methods: { POST: [204, 403] }, takesForms: true },
  { path: '/api/auth/password/forgot', methods: { POST: [202] }, isPublic: true, takesForms: true },
  { path: '/api/auth/password/reset', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/auth/email/verify', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/auth/email/verify/send', methods: { POST: [429, 503] }, takesForms: true },
  { path: '/api/auth/email/change', methods: { POST: [403, 429, 503] }, takesForms: true },
  { path: '/api/auth/login/link', methods: { POST: [202, 429] }, isPublic: true, takesForms: true },
  { path: '/api/auth/login/link/confirm', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/auth/login/code', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/auth/signup/finish', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/auth/secure', methods: { POST: [400] }, isPublic: true, takesForms: true },
  { path: '/api/me', methods: { GET: [200], PATCH: [200], DELETE: [204, 403] }, takesForms: true },
  { path: '/api/admin/users', methods: { GET: [200, 403, 422] } },
  { path: '/api/admin/users/{id}', methods: { PATCH: [200, 403, 404] }, takesForms: true },
  { path: '/api/admin/users/{id}/sessions', methods: { GET: [200, 403, 404] } },
  { path: '/.well-known/jwks.json', methods: { GET: [200] }, isPublic: true },
  { path: '/api/health', methods: { GET: [200] }, isPublic: true },
  ...NOWHERE.map((path) => ({ path, methods: {} })),
]

const PAGES = [
  '/',
  '/login',
  '/signup',
  '/forgot-password',
  '/reset-password',
  '/verify-email',
  '/login/link',
  '/login/confirm',
  '/signup/finish',
  '/secure-account',
  '/dashboard',
  '/account',
  '/admin',
  '/admin/users/{id}',
  '/{id}',
  '/.well-known/{id}',
  '/dashboard/{id}',
]
const PAGE_STATUSES = [200, 303, 307, 308, 403, 404, 405]

/** What any route is documented to answer: for a path that is none of theirs, or one of theirs in disguise. */
const ANY_STATUS = [200, 201, 202, 204, 303, 307, 308, 400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503]

const FIELD_NAMES = [
  'email',
  'password',
  'name',
  'remember',
  'delivery',
  'refreshToken',
  'currentPassword',
  'newPassword',
  'token',
  'code',
  'roles',
  'disabled',
  'next',
  '_method',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
]

const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b@example.com',
  '\ud800',
  '\udfff\ud800',
  '\ufeff',
  '\u202e',
  'e\u0301'.repeat(99),
  '\ufdfa'.repeat(60), // 18 characters each after NFKC
  '😀'.repeat(100),
  '%',
  '%00',
  '%zz',
  '%u0000',
  '__proto__',
  '../../etc/passwd',
  '//evil.example',
  '/\\evil.example',
  'javascript:alert(1)',
  '\r\nset-cookie: a=b',
  "' or 1=1 --",
  '{{7*7}}',
  '-1',
  '0',
  '101',
  '1e3',
  '9007199254740993',
  'NaN',
  'on',
  'true',
  'null',
  'a'.repeat(254),
  'a'.repeat(5_000),
]

/** What takes a request past the checks, to where it could do harm. */
const GOOD_TEXTS = [
  '{newAddress}',
  '{address}',
  '{password}',
  '{user}',
  '{session}',
  '{refreshToken}',
  '/account?x=1#y',
  'Ada',
  'body',
  'cookie',
  'user',
  'PATCH',
  'DELETE',
]

const GOOD_FIELDS: [string, unknown][][] = [
  [
    ['email', '{newAddress}'],
    ['password', '{password}'],
  ],
  [
    ['email', '{address}'],
    ['password', '{password}'],
    ['remember', true],
    ['delivery', 'body'],
  ],
  [['refreshToken', '{refreshToken}']],
  [['email', '{address}']],
  [
    ['token', '{token}'],
    ['password', '{password}'],
    ['code', '123456'],
  ],
  [
    ['currentPassword', 'wrong'],
    ['newPassword', '{password}'],
  ],
  [
    ['_method', 'DELETE'],
    ['password', 'wrong'],
  ],
  [
    ['_method', 'PATCH'],
    ['name', 'Ada'],
  ],
  [
    ['_method', 'PATCH'],
    ['roles', ['user']],
    ['disabled', false],
  ],
]

/** As often as those: each that gets through costs a hash. */
const NO_FIELDS = GOOD_FIELDS.map((): [string, unknown][] => [])

const aText = fc.oneof(
  fc.constantFrom(...ODD_TEXTS),
  fc.constantFrom(...GOOD_TEXTS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
)

/** Lone surrogates, which have no encoding, become U+FFFD. */
const wellFormed = (text: string) => Buffer.from(text).toString()

const aFieldName = fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...FIELD_NAMES) }, { weight: 1, arbitrary: aText })

/** JSON of one value, in spellings that `JSON.stringify` does not have, too. */
const aJsonValue = fc.oneof(
  { weight: 5, arbitrary: aText.map((text) => JSON.stringify(text)) },
  { weight: 2, arbitrary: fc.jsonValue().map((value) => JSON.stringify(value)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'true',
      'null',
      '-0',
      '1e999',
      '-1e-999',
      '9007199254740993',
      '0.1',
      '{"__proto__":{"roles":["admin"]}}',
      '["user","user"]',
      '["admin",1,null]',
      `${'['.repeat(3_000)}${']'.repeat(3_000)}`,
      `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
    ),
  },
)

/** Fields of which some are what a route asks for. A name may come twice. */
const fieldsOf = <T>(value: fc.Arbitrary<T>, spell: (good: unknown) => T) =>
  fc
    .tuple(fc.constantFrom(...NO_FIELDS, ...GOOD_FIELDS), fc.array(fc.tuple(aFieldName, value), { maxLength: 4 }))
    .map(([good, odd]) => [...good.map(([name, each]): [string, T] => [name, spell(each)]), ...odd])

const aJsonText = fieldsOf(aJsonValue, (good) => JSON.stringify(good)).map(
  (fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`,
)

const someFormFields = fieldsOf(aText, (good) => String(good))

/** Some bytes are left as they are typed, which may be no encoding at all. */
const aFormText = fc.tuple(someFormFields, fc.boolean()).map(([fields, isEncoded]) => {
  const spell = (text: string) => (isEncoded ? `${new URLSearchParams({ '': text })}`.slice(1) : text)
  return fields.map(([name, value]) => `${spell(name)}=${spell(value)}`).join('&')
})

const aMultipartText = fc
  .tuple(someFormFields, fc.constantFrom('', '; filename="x"', "; filename*=utf-8''%ff", '\r\ncontent-type: x'))
  .map(([fields, extra]) =>
    [
      ...fields.map(([name, value]) => `--b\r\ncontent-disposition: form-data; name="${name}"${extra}\r\n\r\n${value}`),
      '--b--\r\n',
    ].join('\r\n'),
  )

const TYPES = {
  json: ['application/json', 'application/json; charset=utf-16', 'Application/JSON;'],
  form: ['application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=latin1'],
  multipart: ['multipart/form-data; boundary=b', 'multipart/form-data; boundary="b"'],
  other: [
    null,
    '',
    ';',
    'text/plain',
    'application/jsonp',
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=c',
    `multipart/form-data; boundary=${'b'.repeat(300)}`,
    'multipart/form-data; boundary="',
  ],
}

const aRightBody = fc.oneof(
  fc.record({ type: fc.constantFrom(...TYPES.json), text: aJsonText }),
  fc.record({ type: fc.constantFrom(...TYPES.form), text: aFormText }),
  fc.record({ type: fc.constantFrom(...TYPES.multipart), text: aMultipartText }),
)
const aBody = fc.oneof(
  { weight: 6, arbitrary: aRightBody },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constantFrom(...Object.values(TYPES).flat()),
      text: fc.oneof(
        aText,
        aJsonText,
        aFormText,
        aMultipartText,
        fc.integer({ min: 15_000, max: 40_000 }).map((length) => `{"email":"${'x'.repeat(length)}"}`),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(aRightBody, fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([{ type, text }, cut]) => ({ type, text: text.slice(0, Math.floor(text.length * cut)) })),
  },
)

const anId = fc.oneof(
  fc.constantFrom('{user}', '{session}', '{keptSession}', '{adminUser}', '{user}x', 'A'.repeat(22), 'A'.repeat(3_000)),
  aText.map((text) => encodeURIComponent(wellFormed(text))),
  // Encodings that decode to nothing, or not to what they look like.
  fc.constantFrom(
    '%',
    '%zz',
    '%ff',
    '%c0%af',
    '%00',
    '%2e%2e',
    '%2f',
    '%252f',
    '.',
    '..',
    ';',
    '~',
    'a b'.replace(' ', '+'),
  ),
)

const aQuery = fc
  .array(
    fc.tuple(
      fc.constantFrom(
        'query',
        'cursor',
        'limit',
        'next',
        'error',
        'form',
        'done',
        'retry',
        'email',
        'token',
        '_rsc',
        '__proto__',
      ),
      fc.oneof(
        aText.map((text) => encodeURIComponent(wellFormed(text))),
        fc.constantFrom(
          'profile',
          'access',
          'invalid_fields',
          'rate_limited',
          '%',
          '%ff',
          '%00',
          '{user}',
          '20',
          '100',
        ),
      ),
    ),
    { maxLength: 4 },
  )
  .map((pairs) => (pairs.length > 0 ? `?${pairs.map((pair) => pair.join('=')).join('&')}` : ''))

/** Other ways to write a path. */
const DISGUISES: ((path: string) => string)[] = [
  (path) => `${path}/`,
  // Not before an id: next-on-pages takes what follows `//` for a host, and answers 500 (`Invalid URL string`) if it is none.
  (path) => path.replace(/^(?=\/[a-z])/, '/'),
  (path) => path.replace(/(?<=.)\//, '//'),
  (path) => path.replace(/[a-z]/, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.toUpperCase(),
  (path) => `/x/..${path}`,
  (path) => `/x/%2e%2e${path}`,
  (path) => `${path}%00`,
  (path) => `${path}.rsc`,
  (path) => `${path}.json`,
  (path) => `${path};x`,
  (path) => path.replaceAll('/', '\\').replace('\\', '/'),
  (path) => `${path}\xff`,
]

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

/** What may stand in a header field (RFC 9110 §5.5); anything else is refused before it is a request. */
const aFieldByte = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
  .map((code) => String.fromCharCode(code))
const aFieldValue = fc.oneof(
  fc.string({ unit: aFieldByte, maxLength: 60 }),
  fc.constantFrom('', ',', ';', '"', '%', 'null', '*', 'a'.repeat(3_000)),
)

/**
 * Left out is what Next itself answers with 500, and middleware can neither see nor take away: on any page,
 * `next-router-prefetch: 1` without `rsc`, and `rsc` with a `next-router-state-tree` that is none; and a multipart body that
 * breaks off, sent with `next-action`. So is `accept-encoding`: our client does not decompress.
 */
const someHeaders = fc
  .array(
    fc.oneof(
      fc.tuple(
        fc.constantFrom(
          'user-agent',
          'accept',
          'accept-language',
          'cf-connecting-ip',
          'if-none-match',
          'if-modified-since',
          'range',
          'referer',
          'content-encoding',
          'forwarded',
          'x-forwarded-for',
          'x-forwarded-proto',
          'x-forwarded-host',
          'x-gatehouse-url',
          'x-nonce',
          'content-security-policy',
          'x-http-method-override',
          'x-middleware-subrequest',
          'x-middleware-override-headers',
          'x-nextjs-data',
          'x-matched-path',
          'next-url',
          'rsc',
          'purpose',
        ),
        aFieldValue,
      ),
      fc.constantFrom<[string, string]>(
        ['accept', 'application/json'],
        ['accept', 'text/html'],
        ['x-forwarded-proto', 'https'],
        ['rsc', '1'],
        ['origin', 'null'],
        ['origin', 'https://evil.example'],
        ['origin', ''],
        ['sec-fetch-site', 'cross-site'],
        ['sec-fetch-site', 'same-origin'],
        ['sec-fetch-site', '\xff'],
      ),
    ),
    { maxLength: 3 },
  )
  .map((pairs): Record<string, string> => Object.fromEntries(pairs))

/** Tokens that are no longer what they were: each is refused. */
const SPOIL: ((token: string) => string)[] = [
  (token) => `${token}x`,
  (token) => token.replace('}', ':cut}'),
  (token) => token.replace('}', ':altered}'),
  (token) => token.repeat(2),
  (token) => `${token}.`,
  () => '',
  () => 'x'.repeat(6_000),
  () => 'eyJhbGciOiJub25lIn0.e30.',
  () => 'v1.\xff.\xff.\xff.1.\xff',
  () => 'a.b.c.d.e.f.g',
]

const someCredentials = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ who: 'stranger' as Who, headers: {} as Record<string, string> }) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom<Who>('member', 'admin', 'spoiled'),
        fc.constantFrom('cookies', 'access', 'refresh', 'bearer', 'both', 'doubled'),
        fc.constantFrom(...SPOIL),
        aFieldValue,
      )
      .map(([who, way, spoil, odd]) => {
        const token = (kind: 'access' | 'refresh') => {
          const whole = `{${who === 'spoiled' ? 'kept' : who}:${kind}}`
          return who === 'spoiled' ? spoil(whole) : whole
        }
        const [access, refresh] = [token('access'), token('refresh')]
        const cookie = {
          cookies: `access=${access}; refresh=${refresh}; form=${odd.replaceAll(';', '')}`,
          access: `${odd}; access=${access}`,
          refresh: `refresh=${refresh};;=;form=`,
          bearer: '',
          both: `access=${access}; __Host-access=x; form=e30`,
          doubled: `access=${access}; access=x; refresh=${refresh}; refresh=${odd}`,
        }[way]
        const authorization = way === 'bearer' || way === 'both' ? { authorization: `Bearer ${access}` } : {}
        return { who, headers: { ...(cookie ? { cookie } : {}), ...authorization } as Record<string, string> }
      }),
  },
)

/** A request to one of the routes and pages, or to none. */
export const someGarbage: fc.Arbitrary<Garbage> = fc
  .record({
    target: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...ROUTES) },
      { weight: 1, arbitrary: fc.constantFrom(...PAGES) },
    ),
    disguise: fc.oneof(
      { weight: 8, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.constantFrom(...DISGUISES) },
    ),
    id: anId,
    query: aQuery,
    method: fc.constantFrom(...METHODS),
    // Two times in three a method that the route has, by which a request gets further.
    fitting: fc.option(fc.nat(), { freq: 3 }),
    headers: someHeaders,
    credentials: someCredentials,
    body: aBody,
    isBinary: fc.boolean(),
    isChunked: fc.boolean(),
  })
  .map(
    ({ target, disguise, id, query, method: anyMethod, fitting, headers, credentials, body, isBinary, isChunked }) => {
      const route = typeof target === 'string' ? null : target
      const known = route ? Object.keys(route.methods) : ['GET']
      const method = (fitting === null ? null : known[fitting % (known.length || 1)]) ?? anyMethod
      // One oddity of a path at a time: two may lead anywhere.
      const plain = (typeof target === 'string' ? target : target.path).replace('{id}', () =>
        disguise ? '{user}' : id || 'x',
      )
      const address = disguise ? disguise(plain) : plain
      const hasBody = !READING.includes(method)
      // Whoever logs out is a stranger from then on, so only worthless tokens come here.
      const isLogout = route?.path === '/api/auth/logout' && credentials.who !== 'spoiled'
      const sent = {
        ...headers,
        ...(isLogout ? {} : credentials.headers),
        ...(hasBody && body.type !== null ? { 'content-type': body.type } : {}),
        ...(hasBody && isChunked ? { 'transfer-encoding': 'chunked' } : {}),
      }
      // What an odd id makes of a path is nobody's promise, but that it is one of the documented answers.
      const isOdd = disguise !== null || (plain.includes(id) && !/^\{\w+\}$|^A+$/.test(id))
      return {
        method,
        path: address + query,
        headers: sent,
        body: hasBody ? body.text : null,
        isBinary,
        isChunked: hasBody && isChunked,
        isMalformed: !isDecodable(address),
        allowed: isOdd ? ANY_STATUS : statusesOf(route, method, sent),
      }
    },
  )

/** What docs/api.md has for a request to this route, or to a page. */
function statusesOf(route: Route | null, method: string, headers: Record<string, string>): number[] {
  const isReading = READING.includes(method)
  const crossOrigin = !isReading && ('origin' in headers || 'sec-fetch-site' in headers) ? [403] : []
  if (!route) return [...PAGE_STATUSES, ...crossOrigin]
  const isForm =
    method === 'POST' &&
    /^(?:application\/x-www-form-urlencoded|multipart\/form-data)/.test(headers['content-type'] ?? '')
  if (isForm && route.takesForms && !headers.accept?.includes('application/json')) return [303, 405, ...crossOrigin]
  const refusals = [...(route.isPublic ? [] : [401]), ...crossOrigin]
  if (NOWHERE.includes(route.path))
    return [404, ...(method === 'OPTIONS' ? [204] : []), ...(isReading ? [] : BODY_REFUSALS), ...refusals]
  if (method === 'OPTIONS') return [204, ...refusals]
  const answers = route.methods[method === 'HEAD' ? 'GET' : method]
  if (!answers) return [405, ...refusals]
  return [...answers, ...(isReading ? [] : BODY_REFUSALS), ...refusals]
}

/** @param address what is before the query, one character a byte */
function isDecodable(address: string): boolean {
  try {
    decodeURIComponent(address)
    return !/[\x80-\xff]/.test(address)
  } catch {
    return false
  }
}
