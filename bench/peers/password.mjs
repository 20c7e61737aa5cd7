/** The hash of Gatehouse, so that all pay the same for it; with `HASH=none`, none at all. */
import { env } from 'cloudflare:workers'
import { deriveChained } from '../../lib/auth/pbkdf2.ts'

const ITERATIONS = 600_000

/** @param {string} password */
export async function hash(password) {
  const salt = crypto.getRandomValues(new Uint8Array(16))
  return `${salt.toHex()}$${(await derive(password, salt)).toHex()}`
}

/**
 * @param {string} password
 * @param {string} record
 */
export async function verify(password, record) {
  const [salt = '', expected] = record.split('$')
  return (await derive(password, Uint8Array.fromHex(salt))).toHex() === expected
}

/**
 * @param {string} password
 * @param {Uint8Array} salt
 */
async function derive(password, salt) {
  if (env.HASH === 'none') return new Uint8Array(32)
  return deriveChained(new TextEncoder().encode(password), salt, ITERATIONS)
}
