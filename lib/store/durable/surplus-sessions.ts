import { MAX_SESSIONS, SESSION_KEPT_SECONDS, type Session, type UnixSeconds } from '../contract.ts'

/**
 * Ids of the sessions that make room for one more: those that have been over for `SESSION_KEPT_SECONDS`, and of what is then still too
 * many the ended ones first, then the oldest.
 */
export function surplusSessions(others: Session[], now: UnixSeconds): string[] {
  const hasEnded = ({ revokedAt, expiresAt }: Session) => revokedAt !== null || now >= expiresAt
  const isOver = ({ expiresAt }: Session) => now >= expiresAt + SESSION_KEPT_SECONDS
  const kept = others.filter((session) => !isOver(session))
  const surplus = kept
    .toSorted(
      (a, b) =>
        Number(hasEnded(b)) - Number(hasEnded(a)) ||
        a.createdAt - b.createdAt ||
        (a.id < b.id ? -1 : Number(a.id > b.id)),
    )
    .slice(0, Math.max(0, kept.length + 1 - MAX_SESSIONS))
  return [...others.filter(isOver), ...surplus].map(({ id }) => id)
}
