/** Whose word the deployment takes for its client's address, by which it limits. */
import { BlockList, isIPv6 } from 'node:net'
import { fine, note, unchecked, wrong } from './report.mjs'

/**
 * What a client may claim, each field with an address of its own out of those kept for documentation (RFC 5737), so
 * that a believed one tells its field. By itself the one for which Cloudflare may refuse the request.
 *
 * @type {Record<string, string>[]}
 */
export const CLAIMS = [
  { 'cf-connecting-ip': '198.51.100.11' },
  {
    'x-vercel-forwarded-for': '198.51.100.21',
    'x-forwarded-for': '198.51.100.22',
    'x-real-ip': '198.51.100.23',
    'true-client-ip': '198.51.100.24',
    forwarded: 'for=198.51.100.25',
  },
]

/** Of networks that are not the Internet (RFC 6890): a proxy's, then. */
const inner = new BlockList()
for (const [network, bits] of /** @type {const} */ ([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
])) {
  inner.addSubnet(network, bits)
}
inner.addAddress('::1', 'ipv6')
inner.addSubnet('fc00::', 7, 'ipv6')
inner.addSubnet('fe80::', 10, 'ipv6')

const SET_PROXY =
  'Leave AUTH_TRUSTED_PROXY out on Pages and Vercel. Elsewhere name the platform in front, and let nobody get past it.'

/**
 * @param {import('./site.mjs').Site} site
 * @param {string | null} plain the address that a session without claims has; empty: none. Null: it is not known
 * @param {{ claim: Record<string, string>, status: number, address: string | null }[]} claimed what a log-in with the claim
 *   was answered, and the address of its session; null: there is none
 * @returns {import('./report.mjs').Finding}
 */
export function checkClientAddress({ isLocal }, plain, claimed) {
  const title = 'Client address'
  if (isLocal) return unchecked(title, 'on this machine no platform stands in front and names it')
  if (plain === null) return unchecked(title, 'the session could not be looked at')
  const believed = claimed.flatMap(({ claim, address }) =>
    Object.entries(claim).flatMap(([name, value]) => (value.replace('for=', '') === address ? [name] : [])),
  )
  if (believed.length > 0) {
    return wrong(
      title,
      `whoever sends ${believed.join(' or ')} chooses their address, and is in no limit by address`,
      SET_PROXY,
    )
  }
  if (plain === '') {
    return wrong(
      title,
      'not known: all clients share the limits, and one can keep all others from logging in',
      SET_PROXY,
    )
  }
  if (inner.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4')) {
    return wrong(title, `${plain} is taken for ours, which is some proxy's: all clients share the limits`, SET_PROXY)
  }
  if (claimed.some(({ address }) => address !== null && address !== plain)) {
    return note(
      title,
      'differs from session to session',
      'Right, if this machine has several addresses. If not, something in front of the app gives away its own.',
    )
  }
  if (claimed.some(({ status }) => status === 429)) {
    return unchecked(title, 'too many log-ins from this address to see what it makes of claims; try again in a minute')
  }
  return fine(title, `${plain}, whatever a client claims`)
}
