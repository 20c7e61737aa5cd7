/** Hands mails to whoever carries them, with as much patience as the moment allows. */
import { type Mailer, MailUnavailable } from '../auth/mail.ts'
import { SettingsError } from '../env.ts'
import type { Mailbox, UnixSeconds } from '../store/contract.ts'
import type { Carry, Handover } from './carrier.ts'
import { compose } from './compose.tsx'
import type { Mail } from './mail-settings.ts'
import { mailboxCarrier } from './mailbox.ts'
import { postmarkCarrier } from './postmark.ts'
import { resendCarrier } from './resend.ts'

/** For one try. Longer than a provider takes, shorter than somebody waits. */
const TIMEOUT_SECONDS = 5

/** Between tries. With the tries themselves well within the 30 s that a Worker has after its answer. */
const PAUSES_SECONDS = [1, 4]

/** A provider that wants a longer pause gets no further try. */
const MAX_RETRY_AFTER_SECONDS = 10

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

export interface MailerWorld {
  /** Null: there is no mail. */
  mail: Mail | null
  /** What links are built from: `AUTH_ISSUER`, else the request's origin. */
  issuer: string
  /** The mailbox of local runs; null where there is none. */
  mailbox: Mailbox | null
  clock(): UnixSeconds
  fetch: typeof fetch
  /** Lets time pass. */
  wait(seconds: number): Promise<void>
}

/**
 * The mailer of one request.
 *
 * @throws {SettingsError} when links would be built from a `Host` that the client chose
 */
export function openMailer({ mail, issuer, mailbox, clock, fetch, wait }: MailerWorld): Mailer {
  if (!mail) return { send: () => Promise.reject(new MailUnavailable('AUTH_MAIL is not set')) }
  // What stays in the mailbox misleads nobody.
  if (mail.provider !== 'mailbox' && !mail.issuer && !LOOPBACK.includes(new URL(issuer).hostname)) {
    throw new SettingsError('AUTH_ISSUER is missing: links in mail are built from it')
  }
  const carry = chooseCarrier(mail, { mailbox, clock, fetch })

  return {
    async send(to, message, patience) {
      const letter = { from: mail.from, to, ...compose(message) }
      // One for all tries: of a mail whose answer was lost, no second copy is sent.
      const key = crypto.randomUUID()
      for (const pause of patience === 'long' ? [...PAUSES_SECONDS, null] : [null]) {
        const handover = await attempt(() => carry(letter, key, AbortSignal.timeout(TIMEOUT_SECONDS * 1_000)))
        if (handover.outcome === 'taken') return
        const { reason, isPassing, retryAfter } = handover
        if (pause === null || !isPassing || retryAfter > MAX_RETRY_AFTER_SECONDS) {
          throw new MailUnavailable(`${mail.provider}: ${reason}`)
        }
        await wait(Math.max(pause, retryAfter))
      }
    },
  }
}

function chooseCarrier(mail: Mail, { mailbox, clock, fetch }: Pick<MailerWorld, 'mailbox' | 'clock' | 'fetch'>): Carry {
  switch (mail.provider) {
    case 'resend':
      return resendCarrier(mail, fetch)
    case 'postmark':
      return postmarkCarrier(mail, fetch)
    case 'mailbox':
      return mailboxCarrier(mailbox, clock)
  }
}

/** What is thrown on the way may name addresses and keys: only its kind is told. */
async function attempt(carry: () => Promise<Handover>): Promise<Handover> {
  try {
    return await carry()
  } catch (error) {
    const reason =
      error instanceof Error && error.name === 'TimeoutError' ? `no answer in ${TIMEOUT_SECONDS} s` : 'no answer'
    return { outcome: 'refused', reason, isPassing: true, retryAfter: 0 }
  }
}

/** For `MailerWorld`. */
export function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000))
}
