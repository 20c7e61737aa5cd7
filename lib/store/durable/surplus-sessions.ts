import { MAX_SESSIONS, type Session, type UnixSeconds } from '../contract.ts'

/** Ids of the sessions that make room for one more: of those that are too many the ended ones first, then the oldest. */
export function surplusSessions(others: Session[], now: UnixSeconds): string[] {
  const hasEnded = ({ revokedAt, expiresAt }: Session) => revokedAt !== null || now >= expiresAt
  return others
    .toSorted(
      (a, b) =>
        Number(hasEnded(b)) - Number(hasEnded(a)) ||
        a.createdAt - b.createdAt ||
        (a.id < b.id ? -1 : Number(a.id > b.id)),
    )
    .slice(0, Math.max(0, others.length + 1 - MAX_SESSIONS))
    .map(({ id }) => id)
}
