/** Settings that are missing, wrong or weak. They can be judged only where they are. */
import { importKeyRing } from '../../../lib/auth/signing-keys.ts'
import { parseSettings } from '../../../lib/env.ts'
import { parseMailSettings } from '../../../lib/mail/mail-settings.ts'
import { fine, note, wrong } from './report.mjs'

/** OWASP Password Storage Cheat Sheet, PBKDF2-HMAC-SHA-256. */
export const OWASP_ITERATIONS = 600_000
/** 32 random bytes have 30 different values or so, and as few as this once in ages. */
const LEAST_BYTE_VALUES = 20
const LONGEST_ACCESS_TTL = 3_600
const LONGEST_GRACE = 300
/** Guesses at one account; the default allows 40. */
const MOST_GUESSES_PER_HOUR = 100

/** @typedef {import('./report.mjs').Finding} Finding */
/** @typedef {import('../../../lib/env.ts').Settings} Settings */
/** @typedef {import('../../../lib/mail/mail-settings.ts').MailSettings} MailSettings */

/**
 * @param {Record<string, string>} variables
 * @param {{ isDevelopment: boolean, isLocal: boolean }} where
 * @returns {Promise<{ findings: Finding[], settings: Settings | null, mail: MailSettings | null }>} null: unreadable
 */
export async function checkSettings(variables, { isDevelopment, isLocal }) {
  const remedy = 'Each is explained in .env.example. The app answers 500 until it is right.'
  const settings = attempt(() => parseSettings(variables))
  const mail = attempt(() => parseMailSettings(variables, settings.value?.issuer ?? null, isDevelopment))
  const problems = [...settings.problems, ...mail.problems].map((problem) => wrong('Settings', problem, remedy))
  if (!settings.value) return { findings: problems, settings: null, mail: mail.value }
  const weak = [...(await weakKeys(settings.value)), ...weakSettings(settings.value, isLocal)]
  const findings = [...problems, ...weak]
  if (findings.length === 0) findings.push(fine('Settings', 'complete and strong'))
  return { findings, settings: settings.value, mail: mail.value }
}

/**
 * @param {Settings} settings
 * @returns {Promise<Finding[]>}
 */
async function weakKeys({ keys, secrets }) {
  /** @type {Finding[]} */
  const findings = []
  try {
    await importKeyRing(keys)
  } catch {
    findings.push(
      wrong(
        'Settings',
        'AUTH_KEYS holds a key whose x, y and d do not belong together',
        'Take the whole of what npm run keys prints.',
      ),
    )
  }
  if (secrets.some((secret) => new Set(secret).size < LEAST_BYTE_VALUES)) {
    findings.push(
      wrong(
        'Settings',
        'AUTH_SECRET does not look random',
        'Put the one that npm run keys prints in front of it, with a comma between, and drop the old one once sessions have ended.',
      ),
    )
  }
  return findings
}

/**
 * @param {Settings} settings
 * @param {boolean} isLocal
 * @returns {Finding[]}
 */
function weakSettings({ passwordIterations, issuer, sessionPolicy, limitPolicy, trustedProxy }, isLocal) {
  const { accessTtl, refreshGrace } = sessionPolicy
  const { limit, window } = limitPolicy.loginAccount
  const guesses = (limit * 3_600) / window
  return [
    passwordIterations < OWASP_ITERATIONS &&
      wrong(
        'Settings',
        `AUTH_PASSWORD_ITERATIONS is ${passwordIterations}; OWASP asks for ${OWASP_ITERATIONS}`,
        'Leave it out. Stored passwords are hashed anew as their owners log in.',
      ),
    accessTtl > LONGEST_ACCESS_TTL &&
      note(
        'Settings',
        `AUTH_ACCESS_TTL is ${accessTtl} s: for as long, other services let in who has lost their session`,
        'Make it 10m; renewal costs one store round trip.',
      ),
    refreshGrace > LONGEST_GRACE &&
      note(
        'Settings',
        `AUTH_REFRESH_GRACE is ${refreshGrace} s: for as long, a copied refresh token works unnoticed`,
        'Make it 30s; a lost answer costs nobody the session anyway.',
      ),
    guesses > MOST_GUESSES_PER_HOUR &&
      note(
        'Settings',
        `AUTH_LIMIT_LOGIN_ACCOUNT allows ${Math.round(guesses)} guesses an hour at one account`,
        'Make it 10/15m.',
      ),
    !isLocal &&
      !issuer &&
      note(
        'Settings',
        'AUTH_ISSUER is not set: tokens name whatever host they are asked for at, and nothing is mailed',
        'Set it to the address that users know.',
      ),
    !isLocal &&
      issuer?.startsWith('http:') &&
      wrong('Settings', 'AUTH_ISSUER is an address without https', 'Set it to the address that users know.'),
    !isLocal &&
      trustedProxy === 'none' &&
      wrong(
        'Settings',
        'AUTH_TRUSTED_PROXY is none: all clients share the limits by address',
        'Set it to the platform in front, cloudflare or vercel, or leave it out.',
      ),
  ].filter((finding) => typeof finding === 'object')
}

/**
 * @template T
 * @param {() => T} parse
 * @returns {{ value: T | null, problems: string[] }}
 */
function attempt(parse) {
  try {
    return { value: parse(), problems: [] }
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'SettingsError') throw error
    return { value: null, problems: error.message.split('\n') }
  }
}
