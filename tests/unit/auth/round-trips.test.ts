import { describe, expect, it, vi } from 'vitest'
import { authenticate, authenticateFresh } from '../../../lib/auth/authenticate.ts'
import { login } from '../../../lib/auth/login.ts'
import { logout } from '../../../lib/auth/logout.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { aSignedInUser, aSignupForm, aVisitor, aWorld } from '../../support/world.ts'

/** The promise of the design, counted: operations that go out together are one round trip. */
const TRIPS = {
  'sign-up': [['limits.take', 'accounts.credentialByEmail'], ['accounts.create']],
  'sign-up for a taken address': [['limits.take', 'accounts.credentialByEmail']],
  login: [['limits.take', 'accounts.credentialByEmail'], ['sessions.open']],
  'login with an outdated hash': [
    ['limits.take', 'accounts.credentialByEmail'],
    ['sessions.open', 'accounts.rehash'],
  ],
  'login with a wrong password': [['limits.take', 'accounts.credentialByEmail']],
  refresh: [['sessions.advance']],
  logout: [['sessions.revoke']],
  'an authenticated request': [],
  'a request that asks for the user of today': [['sessions.get']],
}

type Act = keyof typeof TRIPS

/** A world with a signed-in user, and what can be done there. */
async function aStage(backend: 'durable' | 'redis') {
  const world = aWorld({ backend })
  const { services } = world
  const [visitor, form] = [aVisitor(), aSignupForm()]
  const stronger = { ...services, passwords: { ...services.passwords, iterations: 20 } }
  const { accessToken, refreshToken } = await aSignedInUser(world, form)
  const presented = { bearer: null, accessCookie: accessToken, refreshCookie: refreshToken }
  const acts: Record<Act, () => Promise<unknown>> = {
    'sign-up': () => signup(services, visitor, aSignupForm()),
    'sign-up for a taken address': () => signup(services, visitor, form),
    login: () => login(services, visitor, form),
    'login with an outdated hash': () => login(stronger, visitor, form),
    'login with a wrong password': () => login(services, visitor, { ...form, password: 'another password' }),
    refresh: () => refresh(services, visitor, refreshToken),
    logout: () => logout(services, visitor, presented),
    'an authenticated request': () => authenticate(services, presented),
    'a request that asks for the user of today': () => authenticateFresh(services, presented),
  }
  world.takeTrips()
  return { world, acts }
}

describe.each(['durable', 'redis'] as const)('round trips in sequence (%s)', (backend) => {
  it.each(Object.entries(TRIPS) as [Act, string[][]][])('%s: %j', async (name, trips) => {
    if (backend === 'redis') await (await aStage(backend)).acts[name]() // from now on Redis knows the scripts
    const { world, acts } = await aStage(backend)
    const fetch = vi.spyOn(globalThis, 'fetch')
    await acts[name]()
    expect(world.takeTrips()).toEqual(trips)
    expect(fetch).toHaveBeenCalledTimes(backend === 'redis' ? trips.length : 0)
  })
})
