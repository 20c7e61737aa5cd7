/** Border file: the one place that knows the hosts, Cloudflare Pages (through next-on-pages) and Vercel. */
import type { Environment } from './env.ts'
import type { Bindings, Platform } from './services.ts'

/** Request header in which middleware tells pages their own address. No identity: a false one makes every token foreign. */
export const URL_HEADER = 'x-gatehouse-url'

/** Where next-on-pages keeps the request's context. Its own `getRequestContext` reads the same, at 2 kB more in every bundle. */
const CLOUDFLARE_CONTEXT = Symbol.for('__cloudflare-request-context__')

interface CloudflareContext {
  env: Bindings & Environment
  cf?: { colo?: string }
  ctx: { waitUntil(promise: Promise<unknown>): void }
}

/** Where Vercel keeps it. */
const VERCEL_CONTEXT = Symbol.for('@vercel/request-context')

interface VercelContext {
  get?(): { waitUntil?(promise: Promise<unknown>): void } | undefined
}

/** Reads the host anew for each request: on Pages, environment and bindings belong to the request. */
export function currentPlatform(): Platform {
  const cloudflare: CloudflareContext | undefined = Reflect.get(globalThis, CLOUDFLARE_CONTEXT)
  const isDevelopment = process.env.NODE_ENV === 'development'
  return {
    get environment() {
      // Where variables are bindings too, that spares a new isolate a millisecond: workerd makes `process` when it is first named.
      return cloudflare && !isDevelopment ? cloudflare.env : readEnvironment()
    },
    isDevelopment,
    bindings: cloudflare?.env ?? {},
    proxy: cloudflare ? 'cloudflare' : process.env.VERCEL ? 'vercel' : 'none',
    location: cloudflare?.cf?.colo ?? '',
    waitUntil(promise) {
      const vercel: VercelContext | undefined = Reflect.get(globalThis, VERCEL_CONTEXT)
      // A server of its own (`next start`) goes on by itself.
      if (cloudflare) cloudflare.ctx.waitUntil(promise)
      else vercel?.get?.()?.waitUntil?.(promise)
    },
  }
}

/** Written out name by name: bundlers for the edge see through no other form. */
function readEnvironment(): Environment {
  return {
    UPSTASH_REDIS_REST_URL: process.env.UPSTASH_REDIS_REST_URL,
    UPSTASH_REDIS_REST_TOKEN: process.env.UPSTASH_REDIS_REST_TOKEN,
    KV_REST_API_URL: process.env.KV_REST_API_URL,
    KV_REST_API_TOKEN: process.env.KV_REST_API_TOKEN,
    AUTH_KEYS: process.env.AUTH_KEYS,
    AUTH_SECRET: process.env.AUTH_SECRET,
    AUTH_ISSUER: process.env.AUTH_ISSUER,
    AUTH_ACCESS_TTL: process.env.AUTH_ACCESS_TTL,
    AUTH_SESSION_TTL: process.env.AUTH_SESSION_TTL,
    AUTH_SESSION_TTL_REMEMBER: process.env.AUTH_SESSION_TTL_REMEMBER,
    AUTH_SESSION_IDLE: process.env.AUTH_SESSION_IDLE,
    AUTH_REFRESH_GRACE: process.env.AUTH_REFRESH_GRACE,
    AUTH_ROLES: process.env.AUTH_ROLES,
    AUTH_ADMIN_IDS: process.env.AUTH_ADMIN_IDS,
    AUTH_ADMIN_EMAILS: process.env.AUTH_ADMIN_EMAILS,
    AUTH_PASSWORD_ITERATIONS: process.env.AUTH_PASSWORD_ITERATIONS,
    AUTH_HASHER: process.env.AUTH_HASHER,
    AUTH_LIMIT_LOGIN_IP: process.env.AUTH_LIMIT_LOGIN_IP,
    AUTH_LIMIT_LOGIN_ACCOUNT: process.env.AUTH_LIMIT_LOGIN_ACCOUNT,
    AUTH_LIMIT_SIGNUP_IP: process.env.AUTH_LIMIT_SIGNUP_IP,
    AUTH_LIMIT_REFRESH: process.env.AUTH_LIMIT_REFRESH,
    AUTH_LIMIT_FORGOT_IP: process.env.AUTH_LIMIT_FORGOT_IP,
    AUTH_LIMIT_FORGOT_ACCOUNT: process.env.AUTH_LIMIT_FORGOT_ACCOUNT,
    AUTH_TRUSTED_PROXY: process.env.AUTH_TRUSTED_PROXY,
    AUTH_SIGNUP: process.env.AUTH_SIGNUP,
    AUTH_MAIL: process.env.AUTH_MAIL,
    AUTH_MAIL_FROM: process.env.AUTH_MAIL_FROM,
    RESEND_API_KEY: process.env.RESEND_API_KEY,
    RESEND_BASE_URL: process.env.RESEND_BASE_URL,
    POSTMARK_SERVER_TOKEN: process.env.POSTMARK_SERVER_TOKEN,
    POSTMARK_BASE_URL: process.env.POSTMARK_BASE_URL,
  }
}
