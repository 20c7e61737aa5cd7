import { describe, expect, it } from 'vitest'
import { RevocationList } from '../../../lib/auth/revocation-list.ts'
import { MAX_REVOCATIONS, type Revocations } from '../../../lib/store/contract.ts'
import { NOW } from '../../support/builders.ts'

/** A list that others have written. */
function listing(...listed: [id: string, until: number][]): Revocations {
  return {
    post: async () => {},
    async read(_, hear) {
      for (const [id, until] of listed) hear(id, until)
    },
  }
}

const UNREADABLE: Revocations = { post: async () => {}, read: () => Promise.reject(new Error('out of reach')) }

describe('the list of sessions that have ended', () => {
  it('knows what was added here, and what others have listed', async () => {
    const list = new RevocationList()
    list.add(['here'], NOW + 600)
    await list.read(listing(['elsewhere', NOW + 600]), NOW)
    expect(['here', 'elsewhere', 'running'].map((id) => list.has(id))).toEqual([true, true, false])
  })

  it('is to be read by an isolate that has just begun, and again after 15 seconds', async () => {
    const list = new RevocationList()
    expect(list.isDue(NOW)).toBe(true)
    await list.read(listing(), NOW)
    expect([NOW, NOW + 14, NOW + 15].map((now) => list.isDue(now))).toEqual([false, false, true])
  })

  it('counts as read from the moment on that somebody reads it', () => {
    const list = new RevocationList()
    const never: Revocations = { post: async () => {}, read: () => new Promise(() => {}) }
    void list.read(never, NOW)
    expect(list.isDue(NOW)).toBe(false)
  })

  it('keeps what it knew when it cannot be read, and is not asked for again at once', async () => {
    const list = new RevocationList()
    list.add(['known'], NOW + 600)
    await expect(list.read(UNREADABLE, NOW)).rejects.toThrow('out of reach')
    expect(list.has('known')).toBe(true)
    expect([list.isDue(NOW + 14), list.isDue(NOW + 15)]).toEqual([false, true])
  })

  it('keeps what it heard before the rest could not be read', async () => {
    const list = new RevocationList()
    const broken: Revocations = {
      post: async () => {},
      async read(_, hear) {
        hear('first', NOW + 600)
        throw new Error('out of reach')
      },
    }
    await expect(list.read(broken, NOW)).rejects.toThrow('out of reach')
    expect(list.has('first')).toBe(true)
  })

  it('keeps what is not listed yet: the list may be late', async () => {
    const list = new RevocationList()
    list.add(['here'], NOW + 600)
    await list.read(listing(), NOW + 15)
    expect(list.has('here')).toBe(true)
  })

  it('forgets a session when the last of its access tokens has run out, not before', async () => {
    const list = new RevocationList()
    list.add(['here'], NOW + 600)
    await list.read(listing(['elsewhere', NOW + 601]), NOW)
    await list.read(listing(), NOW + 599)
    expect([list.has('here'), list.has('elsewhere')]).toEqual([true, true])
    await list.read(listing(), NOW + 600)
    expect([list.has('here'), list.has('elsewhere')]).toEqual([false, true])
    await expect(list.read(UNREADABLE, NOW + 601)).rejects.toThrow()
    expect(list.has('elsewhere')).toBe(false)
  })

  it('tells what is listed, by whoever, from what only this isolate knows', async () => {
    const list = new RevocationList()
    list.add(['here'], NOW + 600)
    list.noteListed(['posted'], NOW + 600)
    await list.read(listing(['elsewhere', NOW + 600]), NOW)
    expect(['here', 'posted', 'elsewhere'].map((id) => list.isListed(id))).toEqual([false, true, true])
    await list.read(listing(), NOW + 600)
    expect(['posted', 'elsewhere'].map((id) => list.isListed(id))).toEqual([false, false])
  })

  it('remembers 10,000, the youngest, however many there are', () => {
    const list = new RevocationList()
    const ids = Array.from({ length: MAX_REVOCATIONS + 2 }, (_, i) => `session ${i}`)
    list.add(ids, NOW + 600)
    expect(MAX_REVOCATIONS).toBe(10_000)
    expect(ids.filter((id) => !list.has(id))).toEqual(['session 0', 'session 1'])
  })
})
