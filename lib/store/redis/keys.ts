/**
 * Names of the keys, each under `prefix`:
 *
 * | key | holds |
 * | --- | --- |
 * | `address:<canonical address>` | id of the user that owns it; or `~<user id> <Unix seconds>`, for whom and until when it is kept; expires some time after that |
 * | `account:<user id>` | hash: the user (`USER_FIELDS`), `addressTerms` and `nameTerms`, which it is listed by, and the keys `address` and `previous` (before a change) of its addresses |
 * | `credential:<user id>` | hash: `hash` (PHC string), `version` |
 * | `sessions:<user id>` | hash: JSON by session id; expires after the last session's end |
 * | `activity:<user id>` | list: entries of activity, the newest first |
 * | `link:<hash>` | hash: `purpose`, `expiresAt`, `tries`, `proofs` (JSON), and the rest as JSON in `details`; expires some time after its end |
 * | `mailbox` | list: mails of local runs, the newest first |
 * | `created` | sorted set, every score 0: `<time of creation, 12 digits>\n<user id>` |
 * | `terms` | sorted set, every score 0: `<3 digits><search term>\n<user id>` |
 *
 * The digits: how many bytes the term has in common with an earlier one of the same account. It is the account's first term
 * under a prefix that it begins with if, and only if, that prefix is longer; so no others need to be looked at.
 *
 * Members of equal score are in the order of their bytes. A line feed is below all that a term consists of, so that `ada`
 * stands before `adam`, whoever they are.
 */
export function redisKeys(prefix: string) {
  return {
    address: (address: string) => `${prefix}:address:${address}`,
    account: (userId: string) => `${prefix}:account:${userId}`,
    credential: (userId: string) => `${prefix}:credential:${userId}`,
    sessions: (userId: string) => `${prefix}:sessions:${userId}`,
    activity: (userId: string) => `${prefix}:activity:${userId}`,
    link: (hash: string) => `${prefix}:link:${hash}`,
    mailbox: `${prefix}:mailbox`,
    created: `${prefix}:created`,
    terms: `${prefix}:terms`,
  }
}

export type RedisKeys = ReturnType<typeof redisKeys>
