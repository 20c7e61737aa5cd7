import { decodeProtectedHeader } from 'jose'
import { expect, it } from 'vitest'
import { accessTokenVerifier } from '../../../lib/auth/access-token.ts'
import { authenticate } from '../../../lib/auth/authenticate.ts'
import type { SignedIn } from '../../../lib/auth/open-session.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { importKeyRing, type PrivateJwk } from '../../../lib/auth/signing-keys.ts'
import { aPrivateJwk } from '../../support/keys.ts'
import { aSignedInUser, aVisitor, aWorld, type World } from '../../support/world.ts'

/** The same world after a deployment with these keys. */
async function deployed(world: World, jwks: [PrivateJwk, ...PrivateJwk[]]): Promise<World> {
  const keys = await importKeyRing(jwks)
  return { ...world, services: { ...world.services, keys, accessTokens: accessTokenVerifier(keys) } }
}

async function renewed({ services }: World, { refreshToken }: SignedIn): Promise<SignedIn> {
  const renewal = await refresh(services, aVisitor(), refreshToken)
  if (!renewal.ok) throw new Error(renewal.error.code)
  return renewal.value
}

async function isIn({ services }: World, { accessToken }: SignedIn): Promise<boolean> {
  return (await authenticate(services, { bearer: accessToken, accessCookie: null })) !== null
}

const kidOf = ({ accessToken }: SignedIn) => decodeProtectedHeader(accessToken).kid

it('takes a key in, promotes it and retires the old one, and nobody is logged out', async () => {
  const [old, next] = [await aPrivateJwk('old'), await aPrivateJwk('next')]
  const before = await deployed(aWorld(), [old])
  const visitor = await aSignedInUser(before)

  const added = await deployed(before, [old, next])
  expect([kidOf(await renewed(added, visitor)), await isIn(added, visitor)]).toEqual(['old', true])

  const promoted = await deployed(before, [next, old])
  const onward = await renewed(promoted, visitor)
  expect([kidOf(onward), await isIn(promoted, onward), await isIn(promoted, visitor)]).toEqual(['next', true, true])
  // Not every isolate is of the new deployment yet.
  expect([await isIn(added, onward), kidOf(await renewed(added, onward))]).toEqual([true, 'old'])

  // An access lifetime later no token of the old key is good, and it may go.
  before.wait(600)
  const retired = await deployed(before, [next])
  const last = await renewed(retired, onward)
  expect([kidOf(last), await isIn(retired, last)]).toEqual(['next', true])
})

it('costs who still holds a token of a key that was retired too soon a renewal, and not their session', async () => {
  const [old, next] = [await aPrivateJwk('old'), await aPrivateJwk('next')]
  const before = await deployed(aWorld(), [old])
  const visitor = await aSignedInUser(before)
  const retired = await deployed(before, [next])
  expect(await isIn(retired, visitor)).toBe(false)
  expect(await isIn(retired, await renewed(retired, visitor))).toBe(true)
})
