import { describe, expect, it } from 'vitest'
import type { Link, LinkPurpose, Store } from '../../lib/store/contract.ts'
import { aLink, anId, NOW } from '../support/builders.ts'

/** The rules of `Links`, for each driver. */
export function describeLinks(driver: string, open: () => Promise<Store>): void {
  /** A store with the link in it, under a hash of its own. */
  async function openWith(link: Link): Promise<Store['links'] & { hash: string }> {
    const { links } = await open()
    const hash = anId()
    await links.put(hash, link)
    return { ...links, hash }
  }

  describe(`${driver}: links`, () => {
    it.each([
      ['with all that it may have', { proofs: ['a', 'b', 'a'], tries: 5, version: 7 }],
      ['of somebody without an account', { userId: null, version: 0, purpose: 'signup' as const }],
      ['to an address that looks like JSON', { email: '"{}\\\ud83d"@example.com' }],
    ])('gives back a link %s', async (_, given) => {
      const link = aLink(given)
      const { get, take, hash } = await openWith(link)
      expect(await get(hash, link.purpose, NOW)).toEqual(link)
      expect(await get(hash, link.purpose, NOW)).toEqual(link)
      expect(await take(hash, link.purpose, NOW, 'a')).toEqual(link)
    })

    it('gives a link to nobody once it was taken', async () => {
      const { get, take, hash } = await openWith(aLink())
      await take(hash, 'reset', NOW)
      expect(await take(hash, 'reset', NOW)).toBeNull()
      expect(await get(hash, 'reset', NOW)).toBeNull()
    })

    it('gives a link to one of 10 who take it at once', async () => {
      const link = aLink({ proofs: ['a'] })
      const { take, hash } = await openWith(link)
      const taken = await Promise.all(Array.from({ length: 10 }, () => take(hash, 'reset', NOW, 'a')))
      expect(taken.filter((each) => each !== null)).toEqual([link])
    })

    it.each<[string, LinkPurpose, number]>([
      ['of another purpose', 'login', NOW],
      ['whose time is over', 'reset', NOW + 1_800],
    ])('neither shows nor gives nor uses up a link %s', async (_, purpose, now) => {
      const link = aLink({ proofs: ['a'], tries: 1 })
      const { get, take, hash } = await openWith(link)
      expect(await get(hash, purpose, now)).toBeNull()
      expect(await take(hash, purpose, now, 'a')).toBeNull()
      expect(await take(hash, purpose, now, 'wrong')).toBeNull()
      expect(await take(hash, 'reset', NOW + 1_799, 'a')).toEqual(link)
    })

    it('knows no link that was not put', async () => {
      const { links } = await open()
      expect(await links.get(anId(), 'reset', NOW)).toBeNull()
      expect(await links.take(anId(), 'reset', NOW)).toBeNull()
    })

    it('leaves other links alone', async () => {
      const { put, get, take, hash } = await openWith(aLink())
      const [other, link] = [anId(), aLink()]
      await put(other, link)
      await take(hash, 'reset', NOW)
      expect(await get(other, 'reset', NOW)).toEqual(link)
    })

    it('gives a link with proofs for any one of them', async () => {
      for (const proof of ['a', 'b']) {
        const { take, hash } = await openWith(aLink({ proofs: ['a', 'b'] }))
        expect(await take(hash, 'reset', NOW, proof)).not.toBeNull()
      }
    })

    it('gives a link without proofs to whoever has its token, whatever else comes along', async () => {
      const link = aLink({ proofs: [], tries: 0 })
      const { take, hash } = await openWith(link)
      expect(await take(hash, 'reset', NOW, 'a')).toEqual(link)
    })

    it.each([undefined, '', 'wrong', 'A', 'a","b', '"'])('takes %j for no proof, and counts it', async (proof) => {
      const link = aLink({ proofs: ['a', 'b'], tries: 2 })
      const { get, take, hash } = await openWith(link)
      expect(await take(hash, 'reset', NOW, proof)).toBeNull()
      expect(await get(hash, 'reset', NOW)).toEqual({ ...link, tries: 1 })
      expect(await take(hash, 'reset', NOW, 'b')).toEqual({ ...link, tries: 1 })
    })

    it('loses a link after as many wrong proofs as it bears', async () => {
      const { get, take, hash } = await openWith(aLink({ proofs: ['a'], tries: 3 }))
      for (const tries of [2, 1]) {
        await take(hash, 'reset', NOW, 'wrong')
        expect(await get(hash, 'reset', NOW)).toMatchObject({ tries })
      }
      expect(await take(hash, 'reset', NOW, 'wrong')).toBeNull()
      expect(await get(hash, 'reset', NOW)).toBeNull()
      expect(await take(hash, 'reset', NOW, 'a')).toBeNull()
    })

    it('bears no more wrong proofs when they come at once', async () => {
      const { take, hash } = await openWith(aLink({ proofs: ['a'], tries: 5 }))
      await Promise.all(Array.from({ length: 5 }, () => take(hash, 'reset', NOW, 'wrong')))
      expect(await take(hash, 'reset', NOW, 'a')).toBeNull()
    })
  })
}
