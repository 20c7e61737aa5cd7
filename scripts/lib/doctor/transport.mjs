/** What every answer carries: https, security headers, the right time. */
import { DATA_POLICY, securityHeaders } from '../../../lib/http/security-headers.ts'
import { fine, note, unchecked, wrong } from './report.mjs'
import { NoAnswer } from './site.mjs'

const YEAR_SECONDS = 31_536_000
/** Tokens and sessions bear this much. */
const MOST_SKEW_SECONDS = 5

/** @typedef {import('./report.mjs').Finding} Finding */
/** @typedef {import('./site.mjs').Answer} Answer */
/** @typedef {import('./site.mjs').Site} Site */

/**
 * @param {Site} site
 * @returns {Promise<Finding>}
 */
export async function checkHttps(site) {
  if (site.isLocal) return unchecked('HTTPS', 'plain http on this machine')
  const redirect = 'Let the platform lead http to https (Cloudflare: SSL/TLS, Edge Certificates, Always Use HTTPS).'
  if (!site.isSecure) {
    return wrong('HTTPS', 'the address is plain http: passwords and cookies can be read on the way', redirect)
  }
  const plain = new URL('/login', site.origin)
  plain.protocol = 'http:'
  try {
    const { status, headers } = await site.ask(plain.href)
    const leadsToHttps = status >= 300 && status < 400 && headers.get('location')?.startsWith('https:')
    if (leadsToHttps) return fine('HTTPS', 'plain http is led there')
    if (status < 300) return wrong('HTTPS', `plain http answers ${status} too, and does not lead there`, redirect)
    return fine('HTTPS', `plain http is refused (${status})`)
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return fine('HTTPS', 'plain http has no answer')
  }
}

/**
 * @param {Site} site
 * @param {Answer} page
 * @returns {Finding}
 */
export function checkHsts(site, { headers }) {
  if (!site.isSecure) return unchecked('HSTS', 'over plain http there is none')
  const value = headers.get('strict-transport-security')
  const remedy = 'The app sends two years. Have what stands in front of it pass Strict-Transport-Security on.'
  if (value === null) {
    return wrong(
      'HSTS',
      'missing: a first visit by plain http can be taken over',
      `${remedy} Behind a proxy of your own: it has to send X-Forwarded-Proto: https.`,
    )
  }
  const [, seconds = '0'] = /max-age="?(\d+)/i.exec(value) ?? []
  if (Number(seconds) < YEAR_SECONDS) return note('HSTS', `only ${seconds} s`, remedy)
  return fine('HSTS', `${Math.round(Number(seconds) / 86_400)} days`)
}

/**
 * @param {{ page: Answer, again: Answer, api: Answer }} answers `again`: the page asked for once more
 * @returns {Finding[]}
 */
export function checkHeaders({ page, again, api }) {
  const title = 'Security headers'
  const remedy =
    'The app sends what lib/http/security-headers.ts says. What stands in front of it (a CDN rule, a transform, a proxy) changes it.'
  const expected = Object.entries(securityHeaders(DATA_POLICY, new URL('http://localhost')))
  const problems = Object.entries({ '/login': page, '/api/auth/session': api }).flatMap(([path, { headers }]) =>
    expected
      .filter(([name]) => name !== 'content-security-policy')
      .filter(([name, value]) => headers.get(name) !== value)
      .map(([name]) => `${path} has ${headers.has(name) ? 'another' : 'no'} ${name}`),
  )
  if (api.headers.get('content-security-policy') !== DATA_POLICY) {
    problems.push(
      `/api/auth/session has ${api.headers.has('content-security-policy') ? 'another' : 'no'} content-security-policy`,
    )
  }
  const leaks = [...page.headers.keys(), ...api.headers.keys()].filter((name) => name.startsWith('x-middleware-'))
  if (leaks.length > 0) problems.push(`${leaks[0]} is sent to clients`)
  return [
    problems.length > 0 ? wrong(title, problems.join(', '), remedy) : fine(title, 'as the app sends them'),
    checkPolicy(page, again),
    checkCaching(api),
  ]
}

/**
 * @param {Answer} page
 * @param {Answer} again
 * @returns {Finding}
 */
function checkPolicy(page, again) {
  const title = 'Content policy'
  const [policy, other] = [page, again].map(({ headers }) => headers.get('content-security-policy') ?? '')
  const directive = (/** @type {string} */ name) => new RegExp(`(?:^|; *)${name} ([^;]*)`).exec(policy ?? '')?.[1] ?? ''
  const scripts = directive('script-src')
  const [nonce] = /'nonce-[^']+'/.exec(scripts) ?? []
  const passOn = 'What stands in front of the app has to pass Content-Security-Policy on as it is.'
  if (!policy) return wrong(title, 'pages have none: an injected script would run', passOn)
  if (!nonce) return wrong(title, 'scripts need no nonce: an injected one would run', passOn)
  if (scripts.includes("'unsafe-eval'")) {
    return note(title, 'of a development build', 'What users get is built by npm run build, or a deploy command.')
  }
  if (scripts.includes("'unsafe-inline'")) return wrong(title, "script-src has 'unsafe-inline'", passOn)
  if (directive('frame-ancestors') !== "'none'") {
    return wrong(title, 'other sites may frame the pages, and have their buttons clicked', passOn)
  }
  if (other?.includes(nonce)) {
    return wrong(
      title,
      "two answers have one nonce: a cache keeps pages, and may show one visitor what is another's",
      'Let no cache in front keep pages: leave HTML out of its rules.',
    )
  }
  return fine(title, 'scripts by nonce only, no frames')
}

/**
 * @param {Answer} api
 * @returns {Finding}
 */
function checkCaching({ headers }) {
  const value = headers.get('cache-control')
  const isKept = value !== 'private, no-store' || Number(headers.get('age') ?? 0) > 0
  const remedy = 'Let no cache in front keep what is under /api, nor change its Cache-Control.'
  return isKept
    ? wrong('Caching', `answers under /api are ${value ?? 'without Cache-Control'}, not private, no-store`, remedy)
    : fine('Caching', 'no cache keeps answers under /api')
}

/**
 * Whether a server's clock agrees with the one here.
 *
 * @param {string} title
 * @param {Pick<Answer, 'sentAt' | 'receivedAt'>} answer
 * @param {number} seconds whole ones, as the server had them while it answered; NaN: it does not tell
 * @returns {Finding}
 */
export function checkClock(title, answer, seconds) {
  if (Number.isNaN(seconds)) return unchecked(title, 'answers have no Date')
  const skew = skewOf(answer, seconds)
  if (Math.abs(skew) <= MOST_SKEW_SECONDS) return fine(title, 'agrees with the one here')
  return wrong(
    title,
    `${Math.round(Math.abs(skew))} s ${skew > 0 ? 'ahead of' : 'behind'} the one here: tokens are too old, or not valid yet, elsewhere`,
    'Find out which of the two is wrong (https://time.is), and have it set by NTP.',
  )
}

/**
 * @param {Pick<Answer, 'sentAt' | 'receivedAt'>} answer
 * @param {number} seconds
 */
function skewOf({ sentAt, receivedAt }, seconds) {
  // A whole second stands for all of it.
  if (seconds > receivedAt / 1_000) return seconds - receivedAt / 1_000
  return Math.min(0, seconds + 1 - sentAt / 1_000)
}

/** In seconds since the epoch. @param {Answer} answer */
export function dateOf({ headers }) {
  return Date.parse(headers.get('date') ?? '') / 1_000
}

/**
 * Who is refused for where they come from: others' pages, and not our own.
 *
 * @param {Site} site
 * @returns {Promise<Finding>}
 */
export async function checkOrigin(site) {
  const title = 'Other sites'
  const logOut = (/** @type {string} */ origin) => site.ask('/api/auth/logout', { method: 'POST', headers: { origin } })
  const own = await logOut(site.origin)
  if (own.status === 403) {
    return wrong(
      title,
      "forms of the site itself are refused as another site's",
      'What stands in front of the app changes Host: have it pass Host on, or set AUTH_ISSUER to the address that users know.',
    )
  }
  const other = await logOut('https://other-site.example')
  if (other.status !== 403) {
    return wrong(
      title,
      `a change that another site asks for is answered ${other.status}, not 403`,
      'What stands in front of the app takes Origin away: have it pass Origin and Sec-Fetch-Site on.',
    )
  }
  return fine(title, 'changes that they ask for are refused')
}
