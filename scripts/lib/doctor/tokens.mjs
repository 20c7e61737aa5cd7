/** The key set, and whether an access token verifies by it as another service would do it. */
import { createLocalJWKSet, decodeJwt, errors, jwtVerify } from 'jose'
import { fine, note, wrong } from './report.mjs'
import { describe } from './site.mjs'

const KEY_SET = '/.well-known/jwks.json'

/** @typedef {import('./report.mjs').Finding} Finding */
/** @typedef {import('./site.mjs').Site} Site */

/**
 * @param {Site} site
 * @param {string[]} expectedKids of `AUTH_KEYS`, where it is known
 * @returns {Promise<{ finding: Finding, keySet: import('jose').JSONWebKeySet | null }>}
 */
export async function readKeySet(site, expectedKids) {
  const title = 'Key set'
  const answer = await site.ask(KEY_SET)
  /** @type {import('jose').JWK[]} */
  const keys = Array.isArray(answer.json?.keys) ? answer.json.keys.filter(Boolean) : []
  if (answer.status !== 200 || keys.length === 0) {
    const text = `${KEY_SET} answers ${describe(answer)} and has no keys: other services can verify no token`
    const remedy = 'What stands in front of the app has to pass /.well-known on. Else its log says what is wrong.'
    return { finding: wrong(title, text, remedy), keySet: null }
  }
  return {
    finding: judgeKeys(title, keys, expectedKids),
    keySet: { keys: keys.map(({ d: _, ...publicHalf }) => publicHalf) },
  }
}

/**
 * @param {string} title
 * @param {import('jose').JWK[]} keys
 * @param {string[]} expectedKids
 */
function judgeKeys(title, keys, expectedKids) {
  if (keys.some(({ d }) => d !== undefined)) {
    return wrong(title, 'shows a private key', 'Take the deployment down, and give it new AUTH_KEYS: npm run keys')
  }
  if (expectedKids.some((expected) => !keys.some(({ kid }) => kid === expected))) {
    return wrong(
      title,
      'lacks a key of AUTH_KEYS',
      'The deployment has other keys than these settings, or a cache keeps an old key set: deploy again, or purge it.',
    )
  }
  return fine(title, `${keys.length === 1 ? 'one key' : `${keys.length} keys`}, public halves only`)
}

/**
 * @param {Site} site
 * @param {string} token
 * @param {import('jose').JSONWebKeySet} keySet
 * @param {string | null} issuer `AUTH_ISSUER`, where it is known
 * @returns {Promise<Finding>}
 */
export async function checkToken(site, token, keySet, issuer) {
  const title = 'Access token'
  try {
    const { iss = '', iat = 0 } = decodeJwt(token)
    await jwtVerify(token, createLocalJWKSet(keySet), {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: issuer ?? iss,
      audience: issuer ?? iss,
      currentDate: new Date(iat * 1_000), // clocks that differ have a line of their own
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
    })
    if (iss === site.origin) return fine(title, 'verifies by the key set; alg, typ, iss and aud are as documented')
    return issuer === iss || (site.isSecure && iss.startsWith('https:'))
      ? note(
          title,
          `verifies by the key set, and names ${iss} as its issuer, not ${site.origin}`,
          `Right, if that is AUTH_ISSUER: services have to expect it, and ${KEY_SET} has to be found there.`,
        )
      : wrong(
          title,
          `names ${iss} as its issuer, and clients know ${site.origin}`,
          'Set AUTH_ISSUER to the address that users know.',
        )
  } catch (error) {
    // The latter: keys that Web Crypto cannot read.
    if (!(error instanceof errors.JOSEError || error instanceof DOMException)) throw error
    return wrong(
      title,
      `does not verify by the key set as a service would do it: ${error.message}`,
      'All instances need the same AUTH_KEYS and AUTH_ISSUER. Has a key been changed? See README, Rotating a signing key.',
    )
  }
}
