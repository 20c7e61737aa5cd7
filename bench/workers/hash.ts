const STAGE = 50_000

/** What `lib/auth/pbkdf2.ts` derives, but without giving way to other requests between the stages. */
export async function hashAtOnce(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  let secret = Uint8Array.from(password)
  for (let left = iterations; left > 0; left -= STAGE) {
    const key = await crypto.subtle.importKey('raw', secret, 'PBKDF2', false, ['deriveBits'])
    const stage = { name: 'PBKDF2', hash: 'SHA-256', salt: Uint8Array.from(salt), iterations: Math.min(left, STAGE) }
    secret = new Uint8Array(await crypto.subtle.deriveBits(stage, key, 256))
  }
  return secret
}
