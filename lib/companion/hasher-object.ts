import { DurableObject } from 'cloudflare:workers'
import { deriveChained } from '../auth/pbkdf2.ts'

/** They share one thread: together they take some three seconds. With many more, all would come too late, and nobody get in. */
const MOST_AT_ONCE = 32

/** Hashes passwords where a request has 30 s of CPU, on every plan. It keeps nothing. */
export class HasherObject extends DurableObject {
  #underWay = 0

  /** @throws {Error} at once when too many are under way: whoever is refused may come again, a queue would only grow */
  async derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
    if (this.#underWay >= MOST_AT_ONCE) throw new Error('Too many passwords are being hashed')
    this.#underWay += 1
    try {
      return await deriveChained(password, salt, iterations)
    } finally {
      this.#underWay -= 1
    }
  }
}
