/**
 * A mark that a browser keeps after a sign-in, so that the account knows it again: `<nonce>.<tag>[.<tag>…]`, a tag for each
 * account, the latest first. A tag is HMAC-SHA-256 over nonce, user id and version of the credential, cut to 128 bits: the mark
 * names nobody, and with the password it is over.
 */
import { encode } from 'jose/base64url'
import type { Credential } from '../store/contract.ts'
import { equalInConstantTime } from './constant-time.ts'
import type { Secret, Secrets } from './secrets.ts'
import type { Services } from './services.ts'
import { utf8 } from './utf8.ts'

/** An account as long as its password is the same. */
export type Owner = Pick<Credential, 'userId' | 'version'>

/** Accounts that one browser is known to. */
const MAX_TAGS = 5

const FORM = new RegExp(`^[\\w-]{22}(?:\\.[\\w-]{22}){1,${MAX_TAGS}}$`)

/** Tells whether the browser that shows `mark` has signed in to the account before. */
export async function isKnownDevice(secrets: Secrets, mark: string | null, owner: Owner): Promise<boolean> {
  return (await deviceTag(secrets, mark, owner)) !== null
}

/** What stands for this browser and this account together, if the one has signed in to the other before; else null. */
export async function deviceTag(secrets: Secrets, mark: string | null, owner: Owner): Promise<string | null> {
  const { nonce, tags } = parse(mark)
  const own = await Promise.all(secrets.map((secret) => tagOf(secret, nonce, owner)))
  return tags.find((tag) => own.some((each) => equalInConstantTime(utf8(tag), utf8(each)))) ?? null
}

/** The mark after a sign-in: the one that was shown, with this account as its latest, or a new one. */
export async function markDevice(
  { secrets, randomBytes }: Pick<Services, 'secrets' | 'randomBytes'>,
  mark: string | null,
  owner: Owner,
): Promise<string> {
  const { nonce = encode(randomBytes(16)), tags } = parse(mark)
  const tag = await tagOf(secrets[0], nonce, owner)
  return [nonce, tag, ...tags.filter((each) => each !== tag)].slice(0, MAX_TAGS + 1).join('.')
}

function parse(mark: string | null): { nonce?: string; tags: string[] } {
  const [nonce, ...tags] = mark !== null && FORM.test(mark) ? mark.split('.') : []
  return { nonce, tags }
}

async function tagOf({ deviceKey }: Secret, nonce: string | undefined, { userId, version }: Owner): Promise<string> {
  const mac = await crypto.subtle.sign('HMAC', deviceKey, utf8(`${nonce}.${userId}.${version}`))
  return encode(new Uint8Array(mac, 0, 16))
}
