/** Password records: pepper, chained PBKDF2, PHC strings. What passwords are acceptable is in `password-policy.ts`. */
import { decode, encode } from 'jose/base64url'
import { equalInConstantTime } from './constant-time.ts'
import type { Secret, Secrets } from './secrets.ts'
import { utf8 } from './utf8.ts'

/** Where the costly part is computed: in this isolate, or in a hashing object of the companion Worker. */
export interface Hasher {
  /** `deriveChained` of `pbkdf2.ts`. */
  derive(password: Uint8Array, salt: Uint8Array, iterations: number): Promise<Uint8Array>
}

export interface PasswordServices {
  hasher: Hasher
  secrets: Secrets
  /** Of new hashes. */
  iterations: number
  randomBytes(length: number): Uint8Array
}

export type PasswordCheck = 'wrong' | 'right' | 'right_but_outdated'

const SALT_BYTES = 16

/** `$pbkdf2-sha256$i=<iterations>,k=<key id of the pepper>$<salt>$<hash>`, the last three in base64 without padding. */
const RECORD = /^\$pbkdf2-sha256\$i=([1-9]\d{0,8}),k=([A-Za-z0-9+/]{8})\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/

/** Hashes under the current pepper and work factor, as a PHC string. */
export async function hashPassword(services: PasswordServices, password: string): Promise<string> {
  const [secret] = services.secrets
  const salt = services.randomBytes(SALT_BYTES)
  const hash = await services.hasher.derive(await pepper(secret, password), salt, services.iterations)
  return `$pbkdf2-sha256$i=${services.iterations},k=${toBase64(secret.kid)}$${toBase64(encode(salt))}$${toBase64(encode(hash))}`
}

/**
 * Tells whether `password` is the one behind `record`. A refusal costs the current work factor whatever the record's own
 * is, and whether or not there is a record: nobody learns from the time which addresses have an account.
 *
 * @param record null for an unknown account
 * @throws {RangeError} when `record` is not of our form: a damaged store, never a wrong password
 */
export async function checkPassword(
  services: PasswordServices,
  password: string,
  record: string | null,
): Promise<PasswordCheck> {
  const stored = record === null ? null : parseRecord(record)
  const secret = services.secrets.find(({ kid }) => kid === stored?.kid)
  if (!stored || !secret) {
    await spend(services, password, services.iterations)
    return 'wrong'
  }
  const hash = await services.hasher.derive(await pepper(secret, password), stored.salt, stored.iterations)
  if (!equalInConstantTime(hash, stored.hash)) {
    await spend(services, password, services.iterations - stored.iterations)
    return 'wrong'
  }
  const current = secret === services.secrets[0] && stored.iterations >= services.iterations
  return current ? 'right' : 'right_but_outdated'
}

async function spend(services: PasswordServices, password: string, iterations: number): Promise<void> {
  if (iterations <= 0) return
  await services.hasher.derive(await pepper(services.secrets[0], password), new Uint8Array(SALT_BYTES), iterations)
}

/** HMAC-SHA-256 under a key that is not in the store: a leaked store alone cannot be guessed against. */
async function pepper(secret: Secret, password: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', secret.pepperKey, utf8(password.normalize('NFKC'))))
}

function parseRecord(record: string) {
  const [, iterations, kid, base64Salt, base64Hash] = RECORD.exec(record) ?? []
  if (!kid || !base64Salt || !base64Hash)
    throw new RangeError('A stored password hash is not of the form of a password hash')
  const [salt, hash] = [decode(toBase64Url(base64Salt)), decode(toBase64Url(base64Hash))]
  return { iterations: Number(iterations), kid: toBase64Url(kid), salt, hash }
}

/** PHC strings use the plain alphabet of RFC 4648 §4, jose that of §5. */
function toBase64(base64Url: string): string {
  return base64Url.replaceAll('-', '+').replaceAll('_', '/')
}

function toBase64Url(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}
