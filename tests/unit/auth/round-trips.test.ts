import { describe, expect, it, vi } from 'vitest'
import { findAccount, listAccounts, setAccess } from '../../../lib/auth/administration.ts'
import { authenticate, authenticateFresh } from '../../../lib/auth/authenticate.ts'
import { changePassword } from '../../../lib/auth/change-password.ts'
import { deleteAccount } from '../../../lib/auth/delete-account.ts'
import { login } from '../../../lib/auth/login.ts'
import { logout } from '../../../lib/auth/logout.ts'
import { refresh } from '../../../lib/auth/refresh.ts'
import { endOtherSessions, endSession, listSessions } from '../../../lib/auth/sessions.ts'
import { signup } from '../../../lib/auth/signup.ts'
import { updateProfile } from '../../../lib/auth/update-profile.ts'
import { aFreshUser, aSignedInUser, aSignupForm, aVisitor, aWorld } from '../../support/world.ts'

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
  'a change of password': [['limits.take', 'accounts.credentialById'], ['accounts.setPassword']],
  'a change of password with a wrong one': [['limits.take', 'accounts.credentialById']],
  'the deletion of an account': [['limits.take', 'accounts.credentialById'], ['accounts.delete']],
  'a change of name': [['accounts.updateUser']],
  'a list of sessions': [['sessions.list']],
  'the end of one session': [['sessions.revoke']],
  'the end of all other sessions': [['sessions.revokeAll']],
  'a page of accounts': [['accounts.page']],
  'the search for an id': [['accounts.userById']],
  'an account by its id': [['accounts.userById']],
  'a change of roles': [['accounts.setAccess']],
}

/** What the answer does not wait for. */
const BESIDE: Partial<Record<Act, string[]>> = {
  'login with a wrong password': ['accounts.appendActivity'],
  'a change of password with a wrong one': ['accounts.appendActivity'],
}

type Act = keyof typeof TRIPS

/** A world with a signed-in user, and what can be done there. */
async function aStage(backend: 'durable' | 'redis') {
  const world = aWorld({ backend })
  const { services } = world
  const [visitor, form] = [aVisitor(), aSignupForm()]
  const stronger = { ...services, passwords: { ...services.passwords, iterations: 20 } }
  const { accessToken, refreshToken, user, session, fresh } = await aFreshUser(world, form)
  const admin = { ...fresh, id: (await aSignedInUser(world)).user.id }
  const named = { ...services, rolePolicy: { ...services.rolePolicy, adminIds: new Set([admin.id]) } }
  const search = { query: '', cursor: null, limit: 2 }
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
    'a change of password': () =>
      changePassword(services, visitor, fresh, { currentPassword: form.password, newPassword: 'three brown foxes' }),
    'a change of password with a wrong one': () =>
      changePassword(services, visitor, fresh, {
        currentPassword: 'another password',
        newPassword: 'three brown foxes',
      }),
    'the deletion of an account': () => deleteAccount(services, visitor, fresh, form.password),
    'a change of name': () => updateProfile(services, fresh, { name: 'Ada' }),
    'a list of sessions': () => listSessions(services, user.id, session.id),
    'the end of one session': () => endSession(services, visitor, fresh, session.id),
    'the end of all other sessions': () => endOtherSessions(services, visitor, fresh),
    'a page of accounts': () => listAccounts(services, search),
    'the search for an id': () => listAccounts(services, { ...search, query: user.id }),
    'an account by its id': () => findAccount(services, user.id),
    'a change of roles': () => setAccess(named, visitor, admin, user.id, { roles: ['admin'] }),
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
    const beside = await world.settled()
    expect(beside).toEqual(BESIDE[name] ?? [])
    expect(fetch).toHaveBeenCalledTimes(backend === 'redis' ? trips.length + beside.length : 0)
  })
})
