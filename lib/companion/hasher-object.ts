import { DurableObject } from 'cloudflare:workers'
import { deriveChained } from '../auth/pbkdf2.ts'

/** Hashes passwords where a request has 30 s of CPU, on every plan. It keeps nothing. */
export class HasherObject extends DurableObject {
  derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
    return deriveChained(password, salt, iterations)
  }
}
