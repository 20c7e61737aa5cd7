import type { SignedIn } from '../auth/open-session.ts'
import type { SessionOverview } from '../auth/sessions.ts'
import type { Activity, UnixSeconds, User } from '../store/contract.ts'

/** `user` as clients see it. Fields are named one by one: what is not listed cannot get out. */
export function userBody({ id, email, emailVerified, name, roles, createdAt }: Omit<User, 'disabled'>) {
  return { id, email, emailVerified, name, roles, createdAt: isoTime(createdAt) }
}

/** A user as admins see it. */
export function accountBody(user: User) {
  return { ...userBody(user), disabled: user.disabled }
}

/** A session in a list. */
export function sessionOverviewBody({ id, current, createdAt, lastSeenAt, expiresAt, userAgent, ip }: SessionOverview) {
  const times = { createdAt: isoTime(createdAt), lastSeenAt: isoTime(lastSeenAt), expiresAt: isoTime(expiresAt) }
  return { id, current, ...times, userAgent, ip }
}

/** An entry of an account's activity. */
export function activityBody({ type, at, ip, userAgent, count }: Activity) {
  return { type, at: isoTime(at), ip, userAgent, count }
}

/** `session` as clients see it. */
export function sessionBody(id: string, expiresAt: UnixSeconds, accessExpiresAt: UnixSeconds) {
  return { id, expiresAt: isoTime(expiresAt), accessExpiresAt: isoTime(accessExpiresAt) }
}

/** `{ user, session }` of a session just opened or renewed. */
export function signedInBody({ user, session, accessExpiresAt }: SignedIn) {
  return { user: userBody(user), session: sessionBody(session.id, session.expiresAt, accessExpiresAt) }
}

/** ISO 8601 in UTC, to the second. */
function isoTime(seconds: UnixSeconds): string {
  return new Date(seconds * 1000).toISOString()
}
