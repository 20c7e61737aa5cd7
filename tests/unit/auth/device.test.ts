import { expect, it } from 'vitest'
import { isKnownDevice, markDevice } from '../../../lib/auth/device.ts'
import { someSecrets } from '../../support/keys.ts'

const randomBytes = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const secrets = await someSecrets()
const owner = (userId: string, version = 1) => ({ userId, version })
const mark = (shown: string | null, userId: string) => markDevice({ secrets, randomBytes }, shown, owner(userId))

it('knows the browser again by its mark, for the account that it signed in to and no other', async () => {
  const shown = await mark(null, 'ada')
  expect(await isKnownDevice(secrets, shown, owner('ada'))).toBe(true)
  expect(await isKnownDevice(secrets, shown, owner('eve'))).toBe(false)
})

it('knows up to five accounts in one browser, the latest ones', async () => {
  let shown: string | null = null
  for (const user of ['a', 'b', 'c', 'd', 'e', 'f', 'b']) shown = await mark(shown, user)
  const known = await Promise.all(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((user) => isKnownDevice(secrets, shown, owner(user))),
  )
  expect(known).toEqual([false, true, true, true, true, true])
})

it('names nobody, and no two browsers have the same mark', async () => {
  const [first, second] = [await mark(null, 'ada-lovelace'), await mark(null, 'ada-lovelace')]
  expect(first).not.toContain('ada')
  expect(first.split('.').filter((part) => second.includes(part))).toEqual([])
})

it('stays good under a secret that is no longer the first', async () => {
  const shown = await mark(null, 'ada')
  const [fresh] = await someSecrets()
  expect(await isKnownDevice([fresh, ...secrets], shown, owner('ada'))).toBe(true)
  expect(await isKnownDevice([fresh], shown, owner('ada'))).toBe(false)
})

it.each([null, '', 'x', `${'A'.repeat(22)}.${'A'.repeat(22)}`, '.'.repeat(23), 'A'.repeat(22)])(
  'knows nobody by %j, and gives a mark of its own',
  async (shown) => {
    expect(await isKnownDevice(secrets, shown, owner('ada'))).toBe(false)
    expect(await isKnownDevice(secrets, await mark(shown, 'ada'), owner('ada'))).toBe(true)
  },
)

it('takes no tag of another browser', async () => {
  const [first, second] = [await mark(null, 'ada'), await mark(null, 'eve')]
  const mixed = `${second.split('.')[0]}.${first.split('.')[1]}`
  expect(await isKnownDevice(secrets, mixed, owner('ada'))).toBe(false)
})

it('knows no browser any more once the password was changed', async () => {
  const shown = await mark(null, 'ada')
  expect(await isKnownDevice(secrets, shown, owner('ada', 2))).toBe(false)
})
