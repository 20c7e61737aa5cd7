/**
 * What limits count as one client: an IPv4 address, or the /64 of an IPv6 address, which one subscriber holds whole
 * (RFC 6177). Without an address, all clients are one: a limit that cannot tell them apart must still hold.
 */
export function clientKey(ip: string): string {
  if (!ip.includes(':')) return ip || 'unknown'
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)
  if (mapped?.[1]) return mapped[1]
  const [head = '', tail] = ip.split('::')
  const groups = head ? head.split(':') : []
  const rest = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...rest]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** Enough of an address to recognise a network in a log, not a person: /24 of IPv4, /64 of IPv6. */
export function maskClientAddress(ip: string): string {
  const key = clientKey(ip)
  return key.includes('.') ? key.replace(/\.\d+$/, '.0/24') : key
}
