import type { Visitor } from '../auth/services.ts'
import type { TrustedProxy } from '../env.ts'
import { readCookie } from './cookies.ts'

const ADDRESS_HEADERS = { cloudflare: 'cf-connecting-ip', vercel: 'x-vercel-forwarded-for', none: null } as const

/** An IPv4 or IPv6 address in text, without a zone. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]{0,4}(?::[\da-f]{0,4}){2,7}(?:[\d.]{7,15})?)$/i

/** Who is asking. The address comes from the header that the platform itself writes, and from no other. */
export function readVisitor(headers: Headers, proxy: TrustedProxy, url: URL): Visitor {
  const name = ADDRESS_HEADERS[proxy]
  const address = (name && headers.get(name)?.split(',')[0]?.trim()) || ''
  return {
    ip: ADDRESS.test(address) ? address : '',
    userAgent: headers.get('user-agent') ?? '',
    device: readCookie(headers, 'device', url),
  }
}
