import { describe, expect, it } from 'vitest'
import { DATA_POLICY, pagePolicy, securityHeaders } from '../../../lib/http/security-headers.ts'

const HTTPS = new URL('https://auth.example.com/')

/** The directives of a policy. */
function directives(policy: string): Record<string, string> {
  return Object.fromEntries(policy.split('; ').map((directive) => directive.split(/ (.*)/, 2)))
}

describe('every answer', () => {
  it('says what browsers may not do with it', () => {
    expect(securityHeaders(DATA_POLICY, HTTPS)).toEqual({
      'content-security-policy': DATA_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringMatching(/camera=\(\).*geolocation=\(\).*microphone=\(\)/),
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'strict-transport-security': 'max-age=63072000',
    })
  })

  it('asks for https only where there is https', () => {
    const headers = securityHeaders(DATA_POLICY, new URL('http://localhost:3000/'))
    expect(headers).not.toHaveProperty('strict-transport-security')
  })
})

describe('the policy of a page', () => {
  it('runs scripts by nonce, loads from here only, and is framed by nobody', () => {
    expect(directives(pagePolicy('abc', false))).toEqual({
      'default-src': "'self'",
      'script-src': "'nonce-abc' 'strict-dynamic'",
      'style-src': "'self' 'nonce-abc'",
      'img-src': "'self' data:",
      'font-src': "'self'",
      'connect-src': "'self'",
      'object-src': "'none'",
      'base-uri': "'none'",
      'form-action': "'self'",
      'frame-ancestors': "'none'",
    })
  })

  it('is loosened for development, and there only', () => {
    expect(pagePolicy('abc', true)).toContain("'unsafe-eval'")
    expect(pagePolicy('abc', false)).not.toContain('unsafe')
  })
})

it('lets nothing run or load in an answer that is no page', () => {
  expect(directives(DATA_POLICY)).toEqual({
    'default-src': "'none'",
    'frame-ancestors': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
  })
})

it('lets the page of a mailed link tell nobody its address', () => {
  const policyOf = (address: string) => securityHeaders(DATA_POLICY, new URL(address))['referrer-policy']
  expect(policyOf('https://auth.example.com/reset-password?token=x')).toBe('no-referrer')
  expect(policyOf('https://auth.example.com/reset-password')).toBe('same-origin')
})
