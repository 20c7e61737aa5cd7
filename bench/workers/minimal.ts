/**
 * The jobs of `app/api/auth` in minimal code of one's own, without a library: the same bodies, the same commands to Redis in as
 * many trips with the same deadline (the Lua is Gatehouse's), the same tokens and the same answers, so that the same clients can
 * ask. Nothing is checked that a well-meaning client gets right, nothing that fails is told apart, and no password is hashed.
 */
import { nameEach } from '../../lib/store/redis/script.ts'
import { nameScripts } from '../../lib/store/redis/scripts.ts'

interface Environment {
  /** A P-256 key, as JSON. */
  KEY: string
  UPSTASH_REDIS_REST_URL: string
  UPSTASH_REDIS_REST_TOKEN: string
}

interface Session {
  parent: number
  current: number
  advancedAt: number
  createdAt: number
  expiresAt: number
  revokedAt: number | null
  refreshes: { window: number; current: number; previous: number }
  /** Of which scripts read nothing, as JSON. */
  details: string
}

interface User {
  id: string
  email: string
  emailVerified: boolean
  name: string | null
  roles: string[]
  createdAt: number
}

type Command = (string | number)[]

/** A sliding window. KEYS: this window, the one before. ARGV: limit, now and length of a window in milliseconds. Returns what is left. */
const LIMIT = `
local count = tonumber(redis.call('GET', KEYS[1]) or '0')
local before = tonumber(redis.call('GET', KEYS[2]) or '0')
local limit, now, length = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local left = limit - count - math.floor((1 - now % length / length) * before) - 1
if left < 0 then return -1 end
redis.call('INCR', KEYS[1])
redis.call('PEXPIRE', KEYS[1], length * 2)
return left
`

const ISSUER = 'http://auth.example.com'
const PREFIX = 'minimal'
const [ACCESS_TTL, SESSION_TTL, MARK_TTL, IDLE, GRACE] = [600, 86_400, 31_536_000, 1_209_600, 30]
const LIMITED = 100_000_000
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const encoder = new TextEncoder()
const names = { ...(await nameScripts()), ...(await nameEach({ limit: LIMIT })) }
const hmacKey = await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256' }, false, [
  'sign',
])
let signingKey: CryptoKey | undefined

const JOBS: Partial<Record<string, (request: Request, env: Environment) => Promise<Response>>> = {
  '/load': loadScripts,
  '/api/auth/signup': signUp,
  '/api/auth/login': logIn,
  '/api/auth/refresh': refresh,
  '/api/auth/logout': logOut,
}

export default {
  async fetch(request: Request, env: Environment): Promise<Response> {
    return (await JOBS[new URL(request.url).pathname]?.(request, env)) ?? new Response(null, { status: 404 })
  },
}

async function loadScripts(_: Request, env: Environment): Promise<Response> {
  return Response.json(await ask(env, ...Object.values(names).map(({ source }) => ['SCRIPT', 'LOAD', source])))
}

async function signUp(request: Request, env: Environment): Promise<Response> {
  const { email, password, delivery } = await request.json<{ email: string; password: string; delivery?: string }>()
  const [left, owner] = await ask(env, limit(`signup-ip:${clientOf(request)}`), credentialOf(email))
  if (Number(left) < 0 || owner) return new Response(null, { status: 409 })
  const hash = await hmac(`pepper ${password}`)
  const now = seconds()
  const user = { id: randomId(), email, emailVerified: false, name: null, roles: ['user'], createdAt: now }
  const id = randomId()
  const session = newSession(request, id, user.id, now)
  const fields = ['disabled', '0', ...jsonFields({ ...user, emailChangedAt: null })]
  await ask(
    env,
    evalsha(
      'create',
      [`address:${email}`, ...keysOf(user.id, 'account', 'credential', 'sessions', 'activity'), 'created', 'terms'],
      [
        user.id,
        now,
        email,
        '',
        hash,
        id,
        JSON.stringify(session),
        session.expiresAt + 86_400,
        activity('account.created', request, now),
        ...fields,
      ],
    ),
  )
  log('signup.succeeded', user.id, id, request)
  return signedIn(env, user, id, session, { status: 201, isInBody: delivery === 'body', isMarked: true })
}

async function logIn(request: Request, env: Environment): Promise<Response> {
  const { email, password } = await request.json<{ email: string; password: string }>()
  const limits = [limit(`login-ip:${clientOf(request)}`), limit(`login-account:${email}`)]
  const [byClient, byAccount, credential] = await ask(env, ...limits, credentialOf(email))
  const [userId, stored, version] = credential as string[]
  const hash = await hmac(`pepper ${password}`)
  if (Number(byClient) < 0 || Number(byAccount) < 0 || stored !== hash) return new Response(null, { status: 401 })
  const now = seconds()
  const id = randomId()
  const session = newSession(request, id, `${userId}`, now)
  const args = [id, JSON.stringify(session), now, version ?? '', 50, 86_400, activity('login.succeeded', request, now)]
  const keys = keysOf(`${userId}`, 'account', 'credential', 'sessions', 'activity')
  const [opened] = await ask(env, evalsha('open', keys, args))
  log('login.succeeded', `${userId}`, id, request)
  return signedIn(env, readUser(`${userId}`, opened), id, session, { status: 200, isInBody: false, isMarked: true })
}

async function refresh(request: Request, env: Environment): Promise<Response> {
  const { refreshToken } = await request.json<{ refreshToken: string }>()
  const claims = await readRefreshToken(refreshToken)
  if (!claims) return new Response(null, { status: 401 })
  const { userId, id, number } = claims
  const now = seconds()
  const args = [id, number, now, GRACE, IDLE, LIMITED, 60, activity('session.reused', request, now)]
  const [answer] = await ask(env, evalsha('advance', keysOf(userId, 'account', 'sessions', 'activity'), args))
  const [outcome, session, user] = answer as [string, string, unknown]
  if (outcome !== 'advanced') return new Response(null, { status: 401 })
  const options = { status: 200, isInBody: true, isMarked: false }
  return signedIn(env, readUser(userId, user), id, JSON.parse(session), options)
}

async function logOut(request: Request, env: Environment): Promise<Response> {
  const [, token = ''] = /(?:^|; )refresh=([^;]*)/.exec(request.headers.get('cookie') ?? '') ?? []
  const claims = await readRefreshToken(token)
  if (!claims) return new Response(null, { status: 401 })
  const { userId, id } = claims
  const now = seconds()
  await ask(
    env,
    evalsha('revoke', keysOf(userId, 'sessions'), [id, now]),
    ['ZADD', `${PREFIX}:revoked`, now + ACCESS_TTL, id],
    ['ZREMRANGEBYSCORE', `${PREFIX}:revoked`, '-inf', now],
  )
  log('session.ended', userId, id, request)
  return answering(new Response(null, { status: 204, headers: { 'cache-control': 'private, no-store' } }), [
    cookie('access', '', 0),
    cookie('refresh', '', 0),
  ])
}

async function signedIn(
  env: Environment,
  user: User,
  id: string,
  session: Session,
  { status, isInBody, isMarked }: { status: number; isInBody: boolean; isMarked: boolean },
): Promise<Response> {
  const now = seconds()
  const body = `v1.${user.id}.${id}.${session.current}`
  const nonce = isMarked ? randomId() : ''
  const [accessToken, mac, mark] = await Promise.all([
    signAccessToken(env, user, id, now),
    hmac(body),
    isMarked ? hmac(`${nonce}.${user.id}`) : '',
  ])
  const refreshToken = `${body}.${mac}`
  const expiry = { expiresAt: isoTime(session.expiresAt), accessExpiresAt: isoTime(now + ACCESS_TTL) }
  const answer = { user: { ...user, createdAt: isoTime(user.createdAt) }, session: { id, ...expiry } }
  const init = { status, headers: { 'cache-control': 'private, no-store' } }
  if (isInBody) return Response.json({ ...answer, accessToken, refreshToken, expiresIn: ACCESS_TTL }, init)
  return answering(Response.json(answer, init), [
    cookie('access', accessToken, ACCESS_TTL),
    cookie('refresh', refreshToken),
    cookie('device', `${nonce}.${mark.slice(0, 22)}`, MARK_TTL),
  ])
}

function answering(answer: Response, cookies: string[]): Response {
  for (const each of cookies) answer.headers.append('set-cookie', each)
  return answer
}

function cookie(name: string, value: string, maxAge?: number): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax${maxAge === undefined ? '' : `; Max-Age=${maxAge}`}`
}

function newSession(request: Request, id: string, userId: string, now: number): Session {
  const [userAgent, ip] = [request.headers.get('user-agent') ?? '', clientOf(request)]
  return {
    parent: 0,
    current: 1,
    advancedAt: now,
    createdAt: now,
    expiresAt: now + SESSION_TTL,
    revokedAt: null,
    refreshes: { window: 0, current: 0, previous: 0 },
    details: JSON.stringify({ id, userId, remember: false, userAgent, ip }),
  }
}

function activity(type: string, request: Request, at: number): string {
  const userAgent = request.headers.get('user-agent') ?? ''
  return `${type} 1 ${JSON.stringify({ at, ip: clientOf(request), userAgent })}`
}

function log(event: string, userId: string, sessionId: string, request: Request): void {
  console.log(JSON.stringify({ time: new Date().toISOString(), event, userId, sessionId, client: clientOf(request) }))
}

function readUser(id: string, fields: unknown): User {
  const [, email, emailVerified, name, roles, createdAt] = (fields as string[]).map((field) => JSON.parse(field))
  return { id, email, emailVerified, name, roles, createdAt }
}

function jsonFields(values: object): string[] {
  return Object.entries(values).flatMap(([field, value]) => [field, JSON.stringify(value)])
}

function limit(key: string): Command {
  const now = Date.now()
  const window = Math.floor(now / 60_000)
  return evalsha('limit', [`limit:${key}:${window}`, `limit:${key}:${window - 1}`], [LIMITED, now, 60_000])
}

function credentialOf(email: string): Command {
  return evalsha('credentialByEmail', [`address:${email}`], [`${PREFIX}:credential:`])
}

function keysOf(userId: string, ...kinds: string[]): string[] {
  return kinds.map((kind) => `${kind}:${userId}`)
}

function evalsha(name: keyof typeof names, keys: string[], args: (string | number)[]): Command {
  return ['EVALSHA', names[name].sha1, keys.length, ...keys.map((key) => `${PREFIX}:${key}`), ...args]
}

/** One trip to the store: its commands as a pipeline over HTTP. */
async function ask(env: Environment, ...commands: Command[]): Promise<unknown[]> {
  const headers = { authorization: `Bearer ${env.UPSTASH_REDIS_REST_TOKEN}` }
  const init = { method: 'POST', headers, body: JSON.stringify(commands), signal: AbortSignal.timeout(2_000) }
  const response = await fetch(`${env.UPSTASH_REDIS_REST_URL}/pipeline`, init)
  const answers = await response.json<{ result: unknown; error?: string }[]>()
  return answers.map(({ result, error }) => {
    if (error) throw new Error(error)
    return result
  })
}

async function readRefreshToken(token: string) {
  const end = token.lastIndexOf('.')
  const [, userId = '', id = '', number] = token.split('.')
  return (await hmac(token.slice(0, end))) === token.slice(end + 1) ? { userId, id, number: Number(number) } : null
}

async function signAccessToken(env: Environment, { id, roles }: User, sessionId: string, now: number): Promise<string> {
  signingKey ??= await importSigningKey(env)
  const claims = { iss: ISSUER, aud: ISSUER, sub: id, sid: sessionId, roles, iat: now, exp: now + ACCESS_TTL }
  const header = base64(encoder.encode('{"alg":"ES256","kid":"bench","typ":"at+jwt"}'))
  const body = `${header}.${base64(encoder.encode(JSON.stringify(claims)))}`
  return `${body}.${base64(new Uint8Array(await crypto.subtle.sign(ES256, signingKey, encoder.encode(body))))}`
}

function importSigningKey({ KEY }: Environment): Promise<CryptoKey> {
  const { kty, crv, x, y, d } = JSON.parse(KEY)
  return crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, ES256, false, ['sign'])
}

async function hmac(text: string): Promise<string> {
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, encoder.encode(text))))
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

function randomId(): string {
  return base64(crypto.getRandomValues(new Uint8Array(16)))
}

function clientOf({ headers }: Request): string {
  return headers.get('cf-connecting-ip') ?? ''
}

function seconds(): number {
  return Math.floor(Date.now() / 1_000)
}

function isoTime(at: number): string {
  return new Date(at * 1_000).toISOString()
}
