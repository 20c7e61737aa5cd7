/** The network of IPv4 addresses written as IPv6 (RFC 4291 §2.5.5.2). */
const IPV4_MAPPED = '0:0:0:0:0:ffff'

/**
 * What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, which one subscriber holds whole
 * (RFC 6177). Without an address, all clients are one: a limit that cannot tell them apart must still hold.
 */
export function clientKey(ip: string): string {
  if (!ip.includes(':')) return ip || 'unknown'
  const groups = expandIPv6(ip)
  if (!groups) return 'unknown'
  if (groups.slice(0, 6).join(':') !== IPV4_MAPPED) return `${groups.slice(0, 4).join(':')}::/64`
  const pairs = groups.slice(6).map((group) => Number.parseInt(group, 16))
  return pairs.flatMap((pair) => [pair >> 8, pair & 255]).join('.')
}

/** Enough of an address to recognise a network in a log, not a person: /24 of IPv4, /64 of IPv6. */
export function maskClientAddress(ip: string): string {
  const key = clientKey(ip)
  return key.includes('.') ? key.replace(/\.\d+$/, '.0/24') : key
}

/** The eight groups of an IPv6 address in any spelling, in hex without leading zeros; null when it is none. */
function expandIPv6(ip: string): string[] | null {
  const url = `http://[${ip}]`
  if (!URL.canParse(url)) return null
  const [head = '', tail = ''] = new URL(url).hostname.slice(1, -1).split('::') // in the spelling of RFC 5952
  const [first, last] = [head ? head.split(':') : [], tail ? tail.split(':') : []]
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last]
}
