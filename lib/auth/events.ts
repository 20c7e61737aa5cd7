import { maskClientAddress } from './client-address.ts'

/** Something that a security log keeps. No secret, no token and no full address goes in. */
export interface SecurityEvent {
  event:
    | 'signup.succeeded'
    | 'signup.requested'
    | 'signup.refused'
    | 'signup.limited'
    | 'login.succeeded'
    | 'login.failed'
    | 'login.limited'
    | 'login.link_requested'
    | 'reset.requested'
    | 'reset.limited'
    | 'notice.limited'
    | 'email.verified'
    | 'email.change_requested'
    | 'email.changed'
    | 'account.secured'
    | 'password.reset'
    | 'password.rehashed'
    | 'password.changed'
    | 'password.refused'
    | 'password.limited'
    | 'session.ended'
    | 'session.reused'
    | 'session.limited'
    | 'sessions.ended'
    | 'account.deleted'
    | 'account.disabled'
    | 'account.enabled'
    | 'roles.changed'
  userId?: string
  sessionId?: string
  /** Id of the admin who did it. */
  by?: string
  /** Masked, see `maskEmailAddress`. */
  account?: string
  /** The client's address; masked on the way out. */
  ip?: string
}

/** One line of JSON for an event. */
export function formatEvent({ ip, ...event }: SecurityEvent, now: Date): string {
  return JSON.stringify({ time: now.toISOString(), ...event, ...(ip ? { client: maskClientAddress(ip) } : {}) })
}
