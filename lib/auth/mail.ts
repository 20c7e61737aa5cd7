/** What Gatehouse mails. How it looks is in `lib/mail`, and so is who carries it. */
import type { UnixSeconds } from '../store/contract.ts'

/** What happened to an account, as its owner is told. */
export interface Incident {
  at: UnixSeconds
  /** The client's; empty where it is not known. */
  ip: string
  userAgent: string
}

/** A mail, by what it says. No name of anybody's is in it: whoever signs up a stranger's address chooses the name. */
export type Message =
  /** A new account's address is to be verified. */
  | { kind: 'verify-email'; url: string }
  /** The address is to become an account's. */
  | { kind: 'change-email'; url: string }
  /** Where the address has to be proved before there is an account. */
  | { kind: 'finish-signup'; url: string }
  /** Somebody wanted to use an address for a second account. */
  | { kind: 'account-exists'; loginUrl: string; resetUrl: string }
  /** Asked for; or needed, as the password was taken away. */
  | { kind: 'reset-password' | 'password-gone'; url: string }
  /** @property code six digits */
  | { kind: 'login-link'; url: string; code: string }
  /** "Was this you?" `url` leads to the button for "no". */
  | { kind: 'new-login' | 'password-changed'; url: string; incident: Incident }
  /** To the old address. */
  | { kind: 'email-changed'; url: string; newEmail: string; incident: Incident }

/** The provider took no mail: it is down, too busy, or refuses ours. The message names no address. */
export class MailUnavailable extends Error {
  override readonly name = 'MailUnavailable'
}

export interface Mailer {
  /**
   * Hands the mail over.
   *
   * @param patience `short` tries once, for somebody who waits; `long` tries again for some seconds, beside the answer
   * @throws {MailUnavailable}
   */
  send(to: string, message: Message, patience: 'short' | 'long'): Promise<void>
}
