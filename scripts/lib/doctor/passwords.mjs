/** What a hash costs, and whether the platform lets it be made. */
import { deriveChained } from '../../../lib/auth/pbkdf2.ts'
import { fine, note, wrong } from './report.mjs'
import { OWASP_ITERATIONS } from './settings.mjs'
import { describe } from './site.mjs'

/** Hosted Workers refuse a call of PBKDF2 with more; the local runtime does not. */
const CAP = 100_000
const SLOW_MS = 2_000
/** No server is this much faster than the machine of who looks at it. */
const LEAST_SHARE = 0.25

/** @typedef {import('./report.mjs').Finding} Finding */

/**
 * Hashes as the app does, and watches the calls.
 *
 * @param {typeof deriveChained} [derive]
 * @returns {Promise<{ finding: Finding, milliseconds: number }>} what a hash takes here
 */
export async function checkCap(derive = deriveChained) {
  const title = 'PBKDF2 cap'
  const { deriveBits } = crypto.subtle
  let largest = 0
  crypto.subtle.deriveBits = (algorithm, ...rest) => {
    if (typeof algorithm === 'object' && 'iterations' in algorithm) {
      largest = Math.max(largest, Number(algorithm.iterations))
    }
    return deriveBits.call(crypto.subtle, algorithm, ...rest)
  }
  const start = performance.now()
  try {
    await derive(new Uint8Array(32), new Uint8Array(16), OWASP_ITERATIONS)
  } finally {
    crypto.subtle.deriveBits = deriveBits
  }
  const milliseconds = performance.now() - start
  const text = `calls of ${largest.toLocaleString('en')} iterations`
  const finding =
    largest <= CAP
      ? fine(title, `${text}; hosted Workers take up to ${CAP.toLocaleString('en')}`)
      : wrong(
          title,
          `${text}, and hosted Workers refuse more than ${CAP.toLocaleString('en')}: no log-in would work there`,
          'Put ITERATIONS_PER_STAGE in lib/auth/pbkdf2.ts back to what it was.',
        )
  return { finding, milliseconds }
}

/**
 * @param {number} milliseconds that a log-in took beside its network and its store
 * @param {number} here what a hash takes on this machine
 * @returns {Finding}
 */
export function checkHashCost(milliseconds, here) {
  const title = 'Hash cost'
  const text = `a log-in spends ${Math.round(milliseconds)} ms on it (here a hash takes ${Math.round(here)} ms)`
  if (milliseconds < here * LEAST_SHARE) {
    const iterations = Math.round((OWASP_ITERATIONS * milliseconds) / here / 10_000) * 10_000
    return note(
      title,
      `${text}: more like ${iterations.toLocaleString('en')} iterations than ${OWASP_ITERATIONS.toLocaleString('en')}`,
      "Leave AUTH_PASSWORD_ITERATIONS out of the deployment's settings.",
    )
  }
  if (milliseconds > SLOW_MS) {
    return note(
      title,
      text,
      'Leave the iterations as they are. On Workers, AUTH_HASHER=durable hashes near the request; else take a plan with more CPU.',
    )
  }
  return fine(title, text)
}

/**
 * A sign-in that was not done.
 *
 * @param {import('./site.mjs').Answer} answer
 * @returns {Finding}
 */
export function explainRefusal(answer) {
  const title = 'Sign-in'
  const { status, json, headers } = answer
  const text = `answers ${describe(answer)}`
  if (status === 429) {
    const text = `refused: too many attempts from this address; again in ${headers.get('retry-after')} s`
    return note(title, text, 'If nobody has tried from here, all clients share a limit: see AUTH_TRUSTED_PROXY.')
  }
  if (status < 500) {
    return wrong(
      title,
      text,
      'With --account: are address and password right? Else something in front of the app has answered in its place.',
    )
  }
  if (json?.code === 'store_unavailable') {
    return wrong(
      title,
      text,
      'The store, or the object that hashes, does not answer: npm run deploy:cloudflare deploys the companion Worker too.',
    )
  }
  if (json?.code === 'internal_error') {
    return wrong(
      title,
      text,
      'The log tells why (npx wrangler pages deployment tail, or npx vercel logs). A NotSupportedError there is PBKDF2 above the cap.',
    )
  }
  return wrong(
    title,
    `${text}: the platform ended it`,
    'A hash takes more CPU than the plan gives to a request (Workers Free: 10 ms, error 1102). Set AUTH_HASHER=durable, with the companion Worker deployed, or take Workers Paid.',
  )
}
