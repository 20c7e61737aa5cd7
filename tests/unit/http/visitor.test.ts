import { describe, expect, it } from 'vitest'
import { readVisitor } from '../../../lib/http/visitor.ts'

const URL_HERE = new URL('https://auth.example.com/login')

const SPOOFED = {
  'x-forwarded-for': '203.0.113.1',
  'x-real-ip': '203.0.113.1',
  forwarded: 'for=203.0.113.1',
  'true-client-ip': '203.0.113.1',
  'x-client-ip': '203.0.113.1',
}

function addressOf(headers: Record<string, string>, proxy: 'cloudflare' | 'vercel' | 'none'): string {
  return readVisitor(new Headers(headers), proxy, URL_HERE).ip
}

describe('the address of a client', () => {
  it('comes from the header that its platform writes', () => {
    expect(addressOf({ 'cf-connecting-ip': '192.0.2.7' }, 'cloudflare')).toBe('192.0.2.7')
    expect(addressOf({ 'x-vercel-forwarded-for': '2001:db8::1' }, 'vercel')).toBe('2001:db8::1')
    expect(addressOf({ 'x-vercel-forwarded-for': '192.0.2.7, 198.51.100.1' }, 'vercel')).toBe('192.0.2.7')
  })

  it('comes from no header that a client can write', () => {
    expect(addressOf({ ...SPOOFED, 'x-vercel-forwarded-for': '203.0.113.1' }, 'cloudflare')).toBe('')
    expect(addressOf({ ...SPOOFED, 'cf-connecting-ip': '203.0.113.1' }, 'vercel')).toBe('')
    const all = { ...SPOOFED, 'cf-connecting-ip': '203.0.113.1', 'x-vercel-forwarded-for': '203.0.113.1' }
    expect(addressOf(all, 'none')).toBe('')
    expect(addressOf({ ...all, 'cf-connecting-ip': '192.0.2.7' }, 'cloudflare')).toBe('192.0.2.7')
  })

  it.each(['2001:db8::1', '::1', '::ffff:192.0.2.7', '2001:DB8:0:0:0:0:0:1', '255.255.255.255'])('may be %s', (ip) => {
    expect(addressOf({ 'cf-connecting-ip': ip }, 'cloudflare')).toBe(ip)
  })

  it.each(['', 'unknown', 'localhost', '192.0.2', '192.0.2.7:80', '[::1]', 'fe80::1%eth0', '<script>', '"192.0.2.7"'])(
    'is never %j',
    (value) => {
      expect(addressOf({ 'cf-connecting-ip': value }, 'cloudflare')).toBe('')
    },
  )
})

it('knows the user agent and the mark of the browser, or none', () => {
  const headers = new Headers({ 'user-agent': 'Mozilla/5.0', cookie: '__Host-device=mark' })
  expect(readVisitor(headers, 'none', URL_HERE)).toEqual({ ip: '', userAgent: 'Mozilla/5.0', device: 'mark' })
  expect(readVisitor(new Headers(), 'none', URL_HERE)).toEqual({ ip: '', userAgent: '', device: null })
})
