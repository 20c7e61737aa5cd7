import { encode } from 'jose/base64url'
import type { Services } from './services.ts'

/** 128 random bits, base64url: the id of a user or a session. */
export function newId({ randomBytes }: Pick<Services, 'randomBytes'>): string {
  return encode(randomBytes(16))
}

/** Tells whether `text`, which came from outside, has the form of an id. */
export function isId(text: string): boolean {
  return /^[\w-]{22}$/.test(text)
}
