/** PBKDF2-HMAC-SHA-256 (RFC 8018 §5.2) in stages: the one password KDF that Web Crypto has, under the cap that Workers put on it. */

/**
 * Iterations of one call. Hosted Workers refuse more than 100,000 (the local runtime does not), and they hash on the
 * isolate's own thread: between two stages its other requests get their turn.
 */
const ITERATIONS_PER_STAGE = 50_000

const HASH_BYTES = 32

/**
 * Derives 32 bytes from `password` with a chain of PBKDF2 stages, each stage's output the next one's password. Up to
 * 50,000 iterations the result is plain PBKDF2. A change of the stage's size is another algorithm: stored hashes name theirs.
 *
 * @param iterations in total, over all stages
 */
export async function deriveChained(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  let secret = password
  for (let left = iterations; left > 0; left -= ITERATIONS_PER_STAGE) {
    if (left < iterations) await giveWay()
    secret = await derive(secret, salt, Math.min(left, ITERATIONS_PER_STAGE))
  }
  return secret
}

async function derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey('raw', Uint8Array.from(password), 'PBKDF2', false, ['deriveBits'])
  const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: Uint8Array.from(salt), iterations }
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, HASH_BYTES * 8))
}

/** Lets the event loop turn once. An awaited promise alone does not: its continuation runs before any waiting request. */
function giveWay(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}
