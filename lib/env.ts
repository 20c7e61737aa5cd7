/**
 * Every setting, parsed once, by hand: middleware carries this code too, and a schema library would be a tenth of it. The
 * names are documented in `.env.example`; no other file knows them but `lib/platform.ts`, which reads them.
 */
import { decode } from 'jose/base64url'
import { ADMIN, FIRST_ROLES, type RolePolicy } from './auth/roles.ts'
import type { LimitPolicy, SessionPolicy } from './auth/services.ts'
import type { PrivateJwk } from './auth/signing-keys.ts'
import type { Limit } from './store/contract.ts'
import { fold } from './store/fold.ts'

/** Variables: text, but for what Wrangler reads as a number or a list in `[vars]`. */
export type Environment = Record<string, unknown>

/** Whose header names the client's address. */
export type TrustedProxy = 'cloudflare' | 'vercel' | 'none'

export interface Settings {
  /** Null: the Durable Objects store. */
  redis: { url: string; token: string } | null
  keys: [PrivateJwk, ...PrivateJwk[]]
  secrets: [Uint8Array, ...Uint8Array[]]
  /** Null: the request's origin. */
  issuer: string | null
  sessionPolicy: SessionPolicy
  limitPolicy: LimitPolicy
  rolePolicy: RolePolicy
  passwordIterations: number
  /** Null: `durable` where its binding exists. */
  hasher: 'inline' | 'durable' | null
  /** Null: as the platform has it. */
  trustedProxy: TrustedProxy | null
}

/** Settings that are missing or wrong. The message names each variable, and no value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
}

const SECONDS = { s: 1, m: 60, h: 3_600, d: 86_400 }
const MIN_SECRET_BYTES = 32
const MIN_ITERATIONS = 100_000

/** What a wrong value is told. */
export const MUST = {
  address: 'must be an address such as https://auth.example.com',
  token: 'must not have white space in it',
  keys: 'must be a JSON array of private ES256 keys (JWK: kty EC, crv P-256, x, y, d), each with its own kid: run `npm run keys`',
  secret: `must be at least ${MIN_SECRET_BYTES} bytes in base64url, or several such values with commas between: run \`npm run keys\``,
  duration: 'must be a duration such as 30s, 10m, 24h or 30d',
  limit: 'must be a number and a window, such as 20/1m',
  iterations: `must be a whole number, at least ${MIN_ITERATIONS}`,
  roles: 'must be names of roles with commas between: small letters, digits, - and _',
  ids: 'must be user ids with commas between, as /dashboard shows them',
  emails: 'must be email addresses with commas between',
  hasher: 'must be inline or durable',
  proxy: 'must be cloudflare, vercel or none',
}

/** Reads settings, and gathers what is wrong with them. An empty value counts as none. */
export function readerOf(environment: Environment) {
  const problems: string[] = []
  const textOf = (name: string) => String(environment[name] ?? '').trim()
  function optional<T>(name: string, parse: (text: string) => T | null, must: string): T | null {
    const text = textOf(name)
    if (!text) return null
    const value = parse(text)
    if (value === null) problems.push(`${name} ${must}`)
    return value
  }
  return { problems, textOf, optional }
}

/**
 * Reads and checks every setting but those of mail (`lib/mail/mail-settings.ts`), which middleware does not need.
 *
 * @throws {SettingsError} naming each variable that is missing or wrong
 */
export function parseSettings(environment: Environment): Settings {
  const { problems, textOf, optional } = readerOf(environment)

  function required<T>(name: string, parse: (text: string) => T | null, must: string): T | null {
    if (!textOf(name)) problems.push(`${name} is missing: it ${must}`)
    return optional(name, parse, must)
  }
  const duration = (name: string, fallback: number) => optional(name, parseDuration, MUST.duration) ?? fallback
  const limit = (name: string, fallback: Limit) => optional(name, parseLimit, MUST.limit) ?? fallback
  const list = (name: string, form: RegExp, must: string) => optional(name, (text) => parseList(text, form), must) ?? []
  const redis = (urlName: string, tokenName: string) => {
    const url = optional(urlName, parseAddress, MUST.address)
    const token = optional(tokenName, parseToken, MUST.token)
    if ((textOf(urlName) === '') !== (textOf(tokenName) === '')) {
      problems.push(`${urlName} and ${tokenName} go together, and one of them is missing`)
    }
    return url && token ? { url, token } : null
  }

  const { s, m, h, d } = SECONDS
  const upstash = redis('UPSTASH_REDIS_REST_URL', 'UPSTASH_REDIS_REST_TOKEN')
  const vercelKv = redis('KV_REST_API_URL', 'KV_REST_API_TOKEN')
  const keys = required('AUTH_KEYS', parseKeys, MUST.keys)
  const secrets = required('AUTH_SECRET', parseSecrets, MUST.secret)
  const settings = {
    redis: upstash ?? vercelKv,
    issuer: optional('AUTH_ISSUER', parseAddress, MUST.address),
    sessionPolicy: {
      accessTtl: duration('AUTH_ACCESS_TTL', 10 * m),
      sessionTtl: duration('AUTH_SESSION_TTL', 24 * h),
      rememberedSessionTtl: duration('AUTH_SESSION_TTL_REMEMBER', 30 * d),
      sessionIdle: duration('AUTH_SESSION_IDLE', 14 * d),
      refreshGrace: duration('AUTH_REFRESH_GRACE', 30 * s),
      refreshLimit: limit('AUTH_LIMIT_REFRESH', { limit: 60, window: m }),
    },
    limitPolicy: {
      loginIp: limit('AUTH_LIMIT_LOGIN_IP', { limit: 20, window: m }),
      loginAccount: limit('AUTH_LIMIT_LOGIN_ACCOUNT', { limit: 10, window: 15 * m }),
      signupIp: limit('AUTH_LIMIT_SIGNUP_IP', { limit: 10, window: h }),
      forgotIp: limit('AUTH_LIMIT_FORGOT_IP', { limit: 10, window: h }),
      forgotAccount: limit('AUTH_LIMIT_FORGOT_ACCOUNT', { limit: 3, window: h }),
    },
    rolePolicy: {
      roles: [...new Set([...FIRST_ROLES, ADMIN, ...list('AUTH_ROLES', /^[a-z][a-z0-9_-]{0,31}$/, MUST.roles)])],
      adminIds: new Set(list('AUTH_ADMIN_IDS', /^[\w-]{22}$/, MUST.ids)),
      adminAddresses: new Set(list('AUTH_ADMIN_EMAILS', /^[^\s@]+@[^\s@]+$/, MUST.emails).map(fold)),
    },
    passwordIterations: optional('AUTH_PASSWORD_ITERATIONS', parseIterations, MUST.iterations) ?? 600_000,
    hasher: optional('AUTH_HASHER', oneOf('inline', 'durable'), MUST.hasher),
    trustedProxy: optional('AUTH_TRUSTED_PROXY', oneOf('cloudflare', 'vercel', 'none'), MUST.proxy),
  }
  if (problems.length > 0 || !keys || !secrets) throw new SettingsError(problems.join('\n'))
  return { ...settings, keys, secrets }
}

function parseDuration(text: string): number | null {
  const [, amount, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? []
  return amount ? Number(amount) * SECONDS[unit as keyof typeof SECONDS] : null
}

function parseLimit(text: string): Limit | null {
  const [count = '', window = '', ...rest] = text.split('/')
  const seconds = parseDuration(window)
  return /^[1-9]\d{0,8}$/.test(count) && seconds && rest.length === 0 ? { limit: Number(count), window: seconds } : null
}

function parseList(text: string, form: RegExp): string[] | null {
  const parts = text.split(',').map((part) => part.trim())
  return parts.every((part) => form.test(part)) ? parts : null
}

function parseIterations(text: string): number | null {
  return /^[1-9]\d{5,7}$/.test(text) && Number(text) >= MIN_ITERATIONS ? Number(text) : null
}

export function parseAddress(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url && /^https?:$/.test(url.protocol) && !url.search && !url.hash && !url.username && !url.password
  return isPlain ? url.href.replace(/\/$/, '') : null
}

export function parseToken(text: string): string | null {
  return /\s/.test(text) ? null : text
}

export function oneOf<T extends string>(...values: T[]): (text: string) => T | null {
  return (text) => values.find((value) => value === text) ?? null
}

function parseSecrets(text: string): Settings['secrets'] | null {
  const parts = text.split(',').map((part) => part.trim())
  const [first, ...others] = attempt(() => parts.map((part) => decode(part))) ?? []
  const areLong = [first, ...others].every((value) => value && value.length >= MIN_SECRET_BYTES)
  return first && areLong && new Set(parts).size === parts.length ? [first, ...others] : null
}

function parseKeys(text: string): Settings['keys'] | null {
  const values: unknown = attempt(() => JSON.parse(text))
  const [first, ...others] = Array.isArray(values) && values.every(isPrivateJwk) ? values : []
  const keys = first ? [first, ...others] : []
  return first && new Set(keys.map(({ kid }) => kid)).size === keys.length ? [first, ...others] : null
}

function isPrivateJwk(value: unknown): value is PrivateJwk {
  if (typeof value !== 'object' || value === null) return false
  const { kty, crv, kid, x, y, d }: Partial<Record<string, unknown>> = { ...value }
  const is32Bytes = (part: unknown) => typeof part === 'string' && /^[\w-]{43}$/.test(part)
  return kty === 'EC' && crv === 'P-256' && typeof kid === 'string' && kid !== '' && [x, y, d].every(is32Bytes)
}

/** What `parse` returns, or null where it throws. */
function attempt<T>(parse: () => T): T | null {
  try {
    return parse()
  } catch {
    return null
  }
}
