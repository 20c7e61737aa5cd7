/**
 * A mark that a browser keeps after a sign-in, so that the account knows it again: `<nonce>.<tag>[.<tag>…]`, a tag for each
 * account, the latest first. A tag is HMAC-SHA-256 over nonce and user id, cut to 128 bits: the mark names nobody.
 */
import { encode } from 'jose/base64url'
import { equalInConstantTime } from './constant-time.ts'
import type { Secret, Secrets } from './secrets.ts'
import type { Services } from './services.ts'

/** Accounts that one browser is known to. */
const MAX_TAGS = 5

const FORM = new RegExp(`^[\\w-]{22}(?:\\.[\\w-]{22}){1,${MAX_TAGS}}$`)

/** Tells whether the browser that shows `mark` has signed in to the account before. */
export async function isKnownDevice(secrets: Secrets, mark: string | null, userId: string): Promise<boolean> {
  const { nonce, tags } = parse(mark)
  const own = await Promise.all(secrets.map((secret) => tagOf(secret, nonce, userId)))
  return tags.some((tag) => own.some((each) => equalInConstantTime(utf8(tag), utf8(each))))
}

/** The mark after a sign-in: the one that was shown, with this account as its latest, or a new one. */
export async function markDevice(
  { secrets, randomBytes }: Pick<Services, 'secrets' | 'randomBytes'>,
  mark: string | null,
  userId: string,
): Promise<string> {
  const { nonce = encode(randomBytes(16)), tags } = parse(mark)
  const tag = await tagOf(secrets[0], nonce, userId)
  return [nonce, tag, ...tags.filter((each) => each !== tag)].slice(0, MAX_TAGS + 1).join('.')
}

function parse(mark: string | null): { nonce?: string; tags: string[] } {
  const [nonce, ...tags] = mark !== null && FORM.test(mark) ? mark.split('.') : []
  return { nonce, tags }
}

async function tagOf({ deviceKey }: Secret, nonce: string | undefined, userId: string): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', deviceKey, utf8(`${nonce}.${userId}`))
  return encode(new Uint8Array(mac, 0, 16))
}

function utf8(text: string) {
  return new TextEncoder().encode(text)
}
