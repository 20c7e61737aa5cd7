import { describe, expect, it } from 'vitest'
import { isCrossOrigin, readUrl } from '../../../lib/http/origin.ts'

const URL_HERE = new URL('https://auth.example.com/api/auth/login')
const ISSUER = 'https://issuer.example.com/auth'

function isRefused(method: string, headers: { origin?: string; site?: string }): boolean {
  const fields = new Headers()
  if (headers.origin !== undefined) fields.set('origin', headers.origin)
  if (headers.site !== undefined) fields.set('sec-fetch-site', headers.site)
  return isCrossOrigin(new Request(URL_HERE, { method, headers: fields }), URL_HERE, ISSUER)
}

const ORIGINS = {
  none: undefined,
  ours: 'https://auth.example.com',
  issuer: 'https://issuer.example.com',
  blank: 'null',
  other: 'https://other.example',
  'http instead of https': 'http://auth.example.com',
  'another port': 'https://auth.example.com:8443',
  'a subdomain': 'https://x.auth.example.com',
  'ours as a beginning': 'https://auth.example.com.other.example',
  'ours with a path': 'https://auth.example.com/',
} as const
const SITES = [undefined, 'same-origin', 'none', 'same-site', 'cross-site', 'new-value'] as const

const ACCEPTED = new Set([
  'none undefined',
  'none same-origin',
  'none none',
  'ours undefined',
  'ours same-origin',
  'ours none',
  'issuer undefined',
  'issuer same-origin',
  'issuer none',
  'blank same-origin',
])

describe('a request that changes something is refused when a browser says that it came from elsewhere', () => {
  const matrix = Object.entries(ORIGINS).flatMap(([name, origin]) =>
    SITES.map((site) => ({ name, origin, site, refused: !ACCEPTED.has(`${name} ${site}`) })),
  )

  it.each(matrix)('Origin $name, Sec-Fetch-Site $site: $refused', ({ origin, site, refused }) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
      expect(isRefused(method, { origin, site }), method).toBe(refused)
    }
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(isRefused(method, { origin, site }), method).toBe(false)
  })
})

describe('the URL of a request', () => {
  function urlOf(url: string, host?: string): string {
    return readUrl(new Request(url, host === undefined ? {} : { headers: { host } })).href
  }

  it('has the host that the client wrote', () => {
    expect(urlOf('http://localhost:3000/a?b=c', '127.0.0.1:3000')).toBe('http://127.0.0.1:3000/a?b=c')
    expect(urlOf('http://localhost:3000/', 'auth.example.com')).toBe('http://auth.example.com/')
    expect(urlOf('https://localhost/', '[::1]:8443')).toBe('https://[::1]:8443/')
    expect(urlOf('https://auth.example.com/a')).toBe('https://auth.example.com/a')
  })

  it('keeps its path, also one that looks like a host', () => {
    expect(urlOf('https://localhost//other.example/a', 'auth.example.com')).toBe(
      'https://auth.example.com//other.example/a',
    )
  })

  it.each([
    'auth.example.com/api/health?',
    'auth.example.com#',
    'auth.example.com\\api\\health',
    'ada:secret@auth.example.com',
    'auth example.com',
    'auth.example.com:port',
    'auth.example.com:99999',
    '[::1',
    '',
  ])('takes no Host that is none: %j', (host) => {
    expect(urlOf('https://localhost/dashboard', host)).toBe('https://localhost/dashboard')
  })
})
