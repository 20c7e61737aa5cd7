import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { deriveChained } from '../../lib/auth/pbkdf2.ts'
import { anId } from '../support/builders.ts'

it('hashes in an object what would be hashed here', async () => {
  const [password, salt] = [crypto.getRandomValues(new Uint8Array(32)), crypto.getRandomValues(new Uint8Array(16))]
  const hash = await env.HASHER.getByName(anId()).derive(password, salt, 100_001)
  expect(hash).toEqual(await deriveChained(password, salt, 100_001))
})

it('shows nothing to whoever reaches the companion Worker over HTTP', async () => {
  const response = await exports.default.fetch('https://gatehouse-store.example/STORE')
  expect(response.status).toBe(404)
})
