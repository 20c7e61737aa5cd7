/** The cookies of a sign-in. */
import { fine, wrong } from './report.mjs'

const ATTRIBUTES = ['path=/', 'httponly', 'samesite=lax']

/** @typedef {import('./site.mjs').Answer} Answer */
/** @typedef {import('./site.mjs').Site} Site */

/**
 * @param {Site} site
 * @param {Answer} signIn
 * @returns {import('./report.mjs').Finding}
 */
export function checkCookies({ isSecure }, { setCookies, headers }) {
  const title = 'Cookies'
  const cookies = setCookies.map(parse)
  const problems = ['access', 'refresh'].flatMap((name) => {
    const own = cookies.filter((cookie) => cookie.name === name || cookie.name === `__Host-${name}`)
    const [cookie] = own
    if (!cookie) return [`${name} is missing`]
    if (own.length > 1) return [`${name} is set twice`]
    const wanted = [...ATTRIBUTES, ...(isSecure ? ['secure'] : [])]
    const lacking = wanted.filter((attribute) => !cookie.attributes.includes(attribute))
    return [
      ...(isSecure && cookie.name === name ? [`${name} lacks the prefix __Host-`] : []),
      ...lacking.map((attribute) => `${cookie.name} lacks ${attribute}`),
      ...cookie.attributes
        .filter((attribute) => attribute.startsWith('domain='))
        .map((it) => `${cookie.name} has ${it}`),
    ]
  })
  if (headers.has('x-middleware-set-cookie')) problems.push('x-middleware-set-cookie shows them to scripts')
  if (problems.length === 0) {
    return fine(
      title,
      isSecure ? '__Host-, Secure, HttpOnly, SameSite=Lax' : 'HttpOnly, SameSite=Lax (over http no more)',
    )
  }
  const takesHttpsForHttp = isSecure && problems.some((problem) => problem.includes('__Host-'))
  return wrong(
    title,
    problems.join(', '),
    takesHttpsForHttp
      ? 'The app takes its visitors for ones by plain http: have the proxy in front of it send X-Forwarded-Proto: https.'
      : 'What stands in front of the app has to pass Set-Cookie on as it is.',
  )
}

/**
 * Tells whether the session is known by its cookies.
 *
 * @param {Site} site
 * @param {Answer} signIn
 * @returns {Promise<import('./report.mjs').Finding>}
 */
export async function checkSession(site, { setCookies }) {
  const title = 'Session'
  const cookie = setCookies.map((each) => each.split(';', 1)[0]).join('; ')
  const { json, status } = await site.ask('/api/auth/session', { headers: { cookie } })
  return json?.user
    ? fine(title, 'who has signed in is known by their cookies')
    : wrong(
        title,
        `who has signed in is not known by their cookies (${json?.code ?? status})`,
        'What stands in front of the app has to pass Cookie on, and to keep no answer under /api. With several regions: they need one store.',
      )
}

/** @param {string} text */
function parse(text) {
  const [pair = '', ...attributes] = text.split(';').map((part) => part.trim())
  return { name: pair.slice(0, pair.indexOf('=')), attributes: attributes.map((attribute) => attribute.toLowerCase()) }
}
