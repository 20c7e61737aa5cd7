import { makeKeys } from '../../../scripts/lib/keys.mjs'
import { PROFILES, type Settings, startInstance, type Target } from '../../support/instances.ts'
import { type MailRecorder, startMailRecorder } from '../../support/mail-recorder.ts'
import { startRedisBackend } from '../../support/redis-backend.ts'
import { type RedisLine, startRedisLine } from '../../support/redis-line.ts'
import { aVisitor, PASSWORD, type Visitor } from './app.ts'
import type { Ground } from './flows.ts'
import { ISSUER } from './mailing.ts'

/** In nobody's way. */
const WIDE = '100000/1h'
const ADMIN = 'grace@example.com'

/** Settings of a ground for flows. */
export function groundSettings(recorder: MailRecorder): Settings {
  return {
    ...PROFILES.default,
    AUTH_ADMIN_EMAILS: ADMIN,
    AUTH_ISSUER: ISSUER,
    AUTH_LIMIT_FORGOT_ACCOUNT: WIDE,
    AUTH_LIMIT_FORGOT_IP: WIDE,
    AUTH_LIMIT_LOGIN_ACCOUNT: WIDE,
    AUTH_LIMIT_LOGIN_IP: WIDE,
    AUTH_LIMIT_REFRESH: WIDE,
    AUTH_LIMIT_SIGNUP_IP: WIDE,
    AUTH_MAIL: 'resend',
    RESEND_API_KEY: 're_test',
    RESEND_BASE_URL: recorder.url,
  }
}

/** The app at `url`, as flows take it. */
export function groundAt(url: string, recorder: MailRecorder, openSignup: { url: string } = { url }): Ground {
  let admin: Promise<Visitor> | undefined
  return {
    url,
    recorder,
    openSignup,
    admin() {
      admin ??= anAdmin(openSignup, recorder)
      return admin
    },
  }
}

/** Whoever proves that address is an admin. */
async function anAdmin(app: { url: string }, recorder: MailRecorder): Promise<Visitor> {
  const admin = aVisitor(app)
  await admin.post('/api/auth/signup', { email: ADMIN, password: PASSWORD })
  const mail = await recorder.takeMail(ADMIN, { link: '/verify-email' })
  const token = recorder.linkIn(mail).searchParams.get('token')
  const { status, text } = await admin.post('/api/auth/email/verify', { token })
  if (status !== 204) throw new Error(`There is no admin: ${status} ${text}`)
  return admin
}

/** A ground whose line to Redis can be disturbed. */
export interface DisturbedGround extends Ground {
  line: RedisLine
}

/** Grounds of one Redis, for one flow at a time: what is disturbed is that flow's. */
export interface Lane {
  open: DisturbedGround
  /** With `AUTH_SIGNUP=verify-first`. */
  provingFirst?: DisturbedGround
}

/** @param proving where sign-ups begin with a proof; without it there is no such ground */
export async function startLane(target: Target, proving?: Target): Promise<Lane & { stop(): Promise<void> }> {
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each()
  }
  const opened = <Part extends { stop(): Promise<void> }>(part: Part) => {
    stops.push(part.stop)
    return part
  }

  try {
    const recorder = opened(await startMailRecorder())
    const backend = opened(await startRedisBackend())
    const keys = await makeKeys()
    const start = async (host: Target, settings: Settings) => {
      const line = opened(await startRedisLine(backend))
      const all = { ...groundSettings(recorder), ...keys, ...settings }
      const { url } = opened(await startInstance(host, { settings: all, redis: line }))
      return { url, line }
    }
    const { url, line } = await start(target, {})
    const open = { ...groundAt(url, recorder), line }
    if (!proving) return { open, stop }
    const second = await start(proving, { AUTH_SIGNUP: 'verify-first' })
    return { open, provingFirst: { ...groundAt(second.url, recorder, open), line: second.line }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
