import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { deriveChained } from '../../lib/auth/pbkdf2.ts'
import { anId } from '../support/builders.ts'

it('hashes in an object what would be hashed here', async () => {
  const [password, salt] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(16))]
  const hash = await env.HASHER.getByName(anId()).derive(password, salt, 100_001)
  expect(hash).toEqual(await deriveChained(password, salt, 100_001))
})

it('refuses at once what would only make all others too late, and hashes again when they are done', async () => {
  const object = env.HASHER.getByName(anId())
  const [password, salt] = [new Uint8Array(32), new Uint8Array(16)]
  const hash = () => object.derive(password, salt, 50_001)
  const outcomes = await Promise.allSettled(Array.from({ length: 40 }, hash))
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(32)
  expect(outcomes.find((each) => each.status === 'rejected')?.reason).toMatchObject({
    message: 'Too many passwords are being hashed',
  })
  expect(await hash()).toEqual(await deriveChained(password, salt, 50_001))
})

it('shows nothing to whoever reaches the companion Worker over HTTP', async () => {
  const response = await exports.default.fetch('https://gatehouse-store.example/STORE')
  expect(response.status).toBe(404)
})
