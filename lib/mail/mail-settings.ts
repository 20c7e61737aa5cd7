/** The settings of mail and of what cannot be without it, apart from `lib/env.ts`: middleware mails nobody. */
import { parseEmailAddress } from '../auth/email-address.ts'
import type { SignupPolicy } from '../auth/services.ts'
import { type Environment, MUST, oneOf, parseAddress, parseToken, readerOf, SettingsError } from '../env.ts'

/** Who carries mails. */
export type Carrier =
  | { provider: 'resend'; apiKey: string; baseUrl: string }
  | { provider: 'postmark'; serverToken: string; baseUrl: string }
  | { provider: 'mailbox' }

export type Mail = Carrier & {
  /** An address, or `Name <address>`. */
  from: string
  /** `AUTH_ISSUER`. Null: links are built from the request's origin, which is to be trusted on this machine only. */
  issuer: string | null
}

export interface MailSettings {
  signupPolicy: SignupPolicy
  /** Null: there is no mail. */
  mail: Mail | null
}

/** Of a sender. Without what would have to be quoted in a header field (RFC 5322 §3.2.3), or would end it. */
const NAME = /^[^\p{Cc}"(),:;<>@[\\\]]+$/u

/**
 * Reads and checks the settings of mail. An empty value counts as none.
 *
 * @param issuer `AUTH_ISSUER`, parsed
 * @param isDevelopment whether mails may be kept in the mailbox, which shows them to everybody
 * @throws {SettingsError} naming each variable that is missing or wrong
 */
export function parseMailSettings(
  environment: Environment,
  issuer: string | null,
  isDevelopment: boolean,
): MailSettings {
  const { problems, optional } = readerOf(environment)
  const signupPolicy = optional('AUTH_SIGNUP', oneOf('open', 'verify-first'), 'must be open or verify-first') ?? 'open'
  const wanted = optional('AUTH_MAIL', oneOf('resend', 'postmark', 'mailbox'), 'must be resend, postmark or mailbox')
  const apiKey = optional('RESEND_API_KEY', parseToken, MUST.token)
  const resendUrl = optional('RESEND_BASE_URL', parseAddress, MUST.address) ?? 'https://api.resend.com'
  const serverToken = optional('POSTMARK_SERVER_TOKEN', parseToken, MUST.token)
  const postmarkUrl = optional('POSTMARK_BASE_URL', parseAddress, MUST.address) ?? 'https://api.postmarkapp.com'
  const from =
    optional('AUTH_MAIL_FROM', parseSender, 'must be an address, or a name and an address: Name <address>') ??
    `Gatehouse <no-reply@${issuer ? new URL(issuer).hostname : 'localhost'}>`

  function carrier(): Carrier | null {
    const provider = wanted ?? (apiKey ? 'resend' : serverToken ? 'postmark' : isDevelopment ? 'mailbox' : null)
    if (!wanted && apiKey && serverToken) {
      problems.push('AUTH_MAIL is missing: RESEND_API_KEY and POSTMARK_SERVER_TOKEN are both set, so choose one')
    }
    if (provider === 'resend') {
      if (apiKey) return { provider, apiKey, baseUrl: resendUrl }
      problems.push('RESEND_API_KEY is missing: AUTH_MAIL is resend')
    }
    if (provider === 'postmark') {
      if (serverToken) return { provider, serverToken, baseUrl: postmarkUrl }
      problems.push('POSTMARK_SERVER_TOKEN is missing: AUTH_MAIL is postmark')
    }
    if (provider === 'mailbox') {
      if (isDevelopment) return { provider }
      problems.push(
        'AUTH_MAIL must be resend or postmark: a mailbox, which shows mails to everybody, is for development',
      )
    }
    if (!provider && signupPolicy === 'verify-first') {
      problems.push('AUTH_MAIL is missing: AUTH_SIGNUP is verify-first, which takes mail')
    }
    return null
  }

  const chosen = problems.length === 0 ? carrier() : null
  if (problems.length > 0) throw new SettingsError(problems.join('\n'))
  return { signupPolicy, mail: chosen && { ...chosen, from, issuer } }
}

function parseSender(text: string): string | null {
  const [, name, inBrackets] = /^(.*\S)\s*<([^<>]*)>$/.exec(text) ?? []
  const address = parseEmailAddress(inBrackets ?? text)
  return address.ok && (name === undefined || NAME.test(name)) ? text : null
}
