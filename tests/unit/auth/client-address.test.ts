import { describe, expect, it } from 'vitest'
import { clientKey, maskClientAddress } from '../../../lib/auth/client-address.ts'

describe('what limits count as one client', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:ffff:192.0.2.7', '192.0.2.7'],
    ['0000:0000:0000:0000:0000:ffff:c000:0207', '192.0.2.7'],
    ['::ffff:0.0.0.1', '0.0.0.1'],
    ['', 'unknown'],
    [':::', 'unknown'],
    ['2001:db8::1::2', 'unknown'],
  ])('%j is %s', (ip, key) => {
    expect(clientKey(ip)).toBe(key)
  })

  it.each([
    '2001:db8:1:2::',
    '2001:db8:1:2::1',
    '2001:0db8:0001:0002:0000:0000:0000:0001',
    '2001:DB8:1:2:ffff:ffff:ffff:ffff',
    '2001:db8:1:2:0:0:192.0.2.33',
    '2001:db8:1:2::192.0.2.33',
  ])('all addresses of an IPv6 subscriber are one: %s', (ip) => {
    expect(clientKey(ip)).toBe('2001:db8:1:2::/64')
  })

  it.each([
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['2001:db8:1::1', '2001:db8:1:0::/64'],
    ['2001:db8::1:2:3:4', '2001:db8:0:0::/64'],
    ['2001::1:2:3:4:5', '2001:0:0:1::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::2:3:4:5:192.0.2.33', '0:0:2:3::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['::ffff:0:192.0.2.7', '0:0:0:0::/64'],
  ])('other networks are others: %s', (ip, key) => {
    expect(clientKey(ip)).toBe(key)
  })
})

describe('what a log keeps of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.0/24'],
    ['::ffff:192.0.2.7', '192.0.2.0/24'],
    ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
    ['', 'unknown'],
  ])('%j becomes %s', (ip, masked) => {
    expect(maskClientAddress(ip)).toBe(masked)
  })
})
