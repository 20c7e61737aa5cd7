import { BoundedMap } from '../store/bounded-map.ts'
import { MAX_REVOCATIONS, type Revocations, type UnixSeconds } from '../store/contract.ts'

/** An isolate that serves requests reads the list again after this. */
const REREAD_SECONDS = 15

/**
 * Sessions that have ended while their access tokens are still good, as far as this isolate has heard. Plain data, which an
 * isolate may keep. It is asked on the request's path, and read beside it.
 */
export class RevocationList {
  readonly #endedUntil = new BoundedMap<string, UnixSeconds>(MAX_REVOCATIONS)
  /** Those of which every isolate can read. */
  readonly #listedUntil = new BoundedMap<string, UnixSeconds>(MAX_REVOCATIONS)
  #readAt = Number.NEGATIVE_INFINITY

  has(sessionId: string): boolean {
    return this.#endedUntil.has(sessionId)
  }

  /** @param until when the last of the sessions' access tokens has run out */
  add(sessionIds: Iterable<string>, until: UnixSeconds): void {
    for (const id of sessionIds) this.#endedUntil.set(id, until)
  }

  /** Whether the list has the session, as far as this isolate has heard: it need not be posted (again). */
  isListed(sessionId: string): boolean {
    return this.#listedUntil.has(sessionId)
  }

  /** Notes that the sessions have been posted. */
  noteListed(sessionIds: Iterable<string>, until: UnixSeconds): void {
    for (const id of sessionIds) this.#listedUntil.set(id, until)
  }

  isDue(now: UnixSeconds): boolean {
    return now - this.#readAt >= REREAD_SECONDS
  }

  /**
   * Takes in what is listed, and forgets what has run out. What it knew stays: a list may be late, and one that cannot be read
   * says nothing. Until the next time is due it counts as read, also when that fails.
   */
  async read(revocations: Revocations, now: UnixSeconds): Promise<void> {
    this.#readAt = now
    for (const known of [this.#endedUntil, this.#listedUntil]) {
      for (const [id, until] of known) if (until <= now) known.delete(id)
    }
    await revocations.read(now, (id, until) => {
      this.add([id], until)
      this.noteListed([id], until)
    })
  }
}
