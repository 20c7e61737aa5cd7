/**
 * What parts of the jobs cost at least: minimal code, without a library where the title does not name one, and without any of
 * the checks that make it safe. Signing in, renewing and signing out are their trips to the store and their tokens alone: what the
 * store answers is not read, and little is answered. `minimal.ts` does the whole of them.
 */
import { DurableObject, env } from 'cloudflare:workers'
import { jwtVerify } from 'jose/jwt/verify'
import { hashAtOnce } from './hash.ts'

interface Environment {
  /** A P-256 key, as JSON. */
  KEY: string
  UPSTASH_REDIS_REST_URL: string
  UPSTASH_REDIS_REST_TOKEN: string
  NOTHING: DurableObjectNamespace<NothingObject>
}

/** https://tc39.es/proposal-arraybuffer-base64/, which workerd has and TypeScript 5 does not know. */
declare global {
  interface Uint8Array {
    toBase64(options: { alphabet: 'base64url'; omitPadding: boolean }): string
  }
  interface Uint8ArrayConstructor {
    fromBase64(text: string, options: { alphabet: 'base64url' }): Uint8Array<ArrayBuffer>
  }
}

/** Answers, and that is all. */
export class NothingObject extends DurableObject {
  nothing(): null {
    return null
  }
}

const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const ISSUER = 'http://auth.example.com'
const ITERATIONS = 600_000

const {
  KEY,
  UPSTASH_REDIS_REST_URL: STORE,
  UPSTASH_REDIS_REST_TOKEN: TOKEN,
  NOTHING,
}: Environment = readEnvironment(env)
const { d, ...publicJwk } = JSON.parse(KEY)
const jwk = { kty: publicJwk.kty, crv: publicJwk.crv, x: publicJwk.x, y: publicJwk.y }
const publicKey = await crypto.subtle.importKey('jwk', jwk, ES256, false, ['verify'])
const privateKey = await crypto.subtle.importKey('jwk', { ...jwk, d }, ES256, false, ['sign'])
const hmacKey = await crypto.subtle.importKey('raw', new Uint8Array(32), { name: 'HMAC', hash: 'SHA-256' }, false, [
  'sign',
])

const JOBS: Partial<Record<string, (request: Request) => Promise<Response>>> = {
  '/empty': async () => Response.json({ id: '' }),
  '/jose': verifyWithJose,
  '/verify': verifyBare,
  '/hash': hash,
  '/trip': async () => Response.json(await NOTHING.getByName('nothing').nothing()),
  '/fetch': async () => Response.json(await ask([['PING']])),
  '/login': signIn,
  '/signup': signIn,
  '/refresh': renew,
  '/logout': signOut,
}

export default {
  async fetch(request: Request): Promise<Response> {
    return (await JOBS[new URL(request.url).pathname]?.(request)) ?? new Response(null, { status: 404 })
  },
}

async function verifyWithJose(request: Request): Promise<Response> {
  const options = { algorithms: ['ES256'], typ: 'at+jwt', issuer: ISSUER, audience: ISSUER }
  const { payload } = await jwtVerify(readToken(request), publicKey, options)
  return Response.json({ id: payload.sub })
}

async function verifyBare(request: Request): Promise<Response> {
  const token = readToken(request)
  const dot = token.lastIndexOf('.')
  const signature = Uint8Array.fromBase64(token.slice(dot + 1), { alphabet: 'base64url' })
  const isOurs = await crypto.subtle.verify(ES256, publicKey, signature, utf8(token.slice(0, dot)))
  const payload = Uint8Array.fromBase64(token.slice(token.indexOf('.') + 1, dot), { alphabet: 'base64url' })
  const { sub, iss, aud, exp } = JSON.parse(new TextDecoder().decode(payload))
  const isGood = isOurs && iss === ISSUER && aud === ISSUER && exp > Date.now() / 1_000
  return isGood ? Response.json({ id: sub }) : new Response(null, { status: 401 })
}

async function hash(): Promise<Response> {
  const [first] = await hashAtOnce(new Uint8Array(32), new Uint8Array(16), ITERATIONS)
  return Response.json({ id: first })
}

/** Body, pepper, two limits and the credential in one trip, the session in another, both tokens, a line of log. */
async function signIn(request: Request): Promise<Response> {
  const { email, password } = await request.json<{ email: string; password: string }>()
  await hmac(password)
  await ask([
    ['INCR', `limit:client:${request.headers.get('cf-connecting-ip')}`],
    ['INCR', `limit:account:${email}`],
    ['GET', `account:${email}`],
  ])
  const id = randomId()
  await ask([['SET', `session:${id}`, JSON.stringify({ id, number: 1, since: Date.now() }), 'EX', '600']])
  console.log(JSON.stringify({ time: new Date().toISOString(), event: 'login.succeeded', id }))
  const [access, mac] = await Promise.all([signToken(id), hmac(`v1.${id}.${email}`)])
  const headers = new Headers()
  headers.append('set-cookie', `access=${access}; Path=/; HttpOnly; SameSite=Lax; Max-Age=600`)
  headers.append('set-cookie', `refresh=v1.${id}.${mac}; Path=/; HttpOnly; SameSite=Lax`)
  return Response.json({ user: { id, email }, session: { id } }, { headers })
}

/** Body, the presented token's MAC, one trip, both tokens. */
async function renew(request: Request): Promise<Response> {
  const { refreshToken } = await request.json<{ refreshToken: string }>()
  await hmac(refreshToken)
  const id = randomId()
  await ask([['SET', 'session:renewed', JSON.stringify({ id, number: 2, since: Date.now() }), 'EX', '600', 'GET']])
  const [accessToken, mac] = await Promise.all([signToken(id), hmac(`v1.${id}`)])
  return Response.json({ user: { id }, session: { id }, accessToken, refreshToken: `v1.${id}.${mac}`, expiresIn: 600 })
}

/** The presented token's MAC, one trip, both cookies cleared. */
async function signOut(request: Request): Promise<Response> {
  const cookie = request.headers.get('cookie') ?? ''
  await hmac(cookie)
  await ask([['DEL', `session:${cookie.slice(-22)}`]])
  const headers = new Headers()
  headers.append('set-cookie', 'access=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
  headers.append('set-cookie', 'refresh=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0')
  return new Response(null, { status: 204, headers })
}

/** One trip to the store: its commands as a pipeline over HTTP. */
async function ask(commands: string[][]): Promise<unknown> {
  const headers = { authorization: `Bearer ${TOKEN}` }
  const response = await fetch(`${STORE}/pipeline`, { method: 'POST', headers, body: JSON.stringify(commands) })
  if (!response.ok) throw new Error(`The store answers ${response.status}`)
  return response.json()
}

async function signToken(id: string): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const claims = { iss: ISSUER, aud: ISSUER, sub: id, sid: id, roles: ['user'], iat: now, exp: now + 600 }
  const body = `${base64(utf8('{"alg":"ES256","typ":"at+jwt"}'))}.${base64(utf8(JSON.stringify(claims)))}`
  return `${body}.${base64(new Uint8Array(await crypto.subtle.sign(ES256, privateKey, utf8(body))))}`
}

async function hmac(text: string): Promise<string> {
  return base64(new Uint8Array(await crypto.subtle.sign('HMAC', hmacKey, utf8(text))))
}

function randomId(): string {
  return base64(crypto.getRandomValues(new Uint8Array(16)))
}

function readToken(request: Request): string {
  return request.headers.get('cookie')?.slice('access='.length) ?? ''
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function base64(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

function readEnvironment(bindings: object): Environment {
  return bindings as Environment
}
