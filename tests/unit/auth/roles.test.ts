import { describe, expect, it } from 'vitest'
import { isNamedAdmin, type RolePolicy, withRoles } from '../../../lib/auth/roles.ts'
import { aUser } from '../../support/builders.ts'

const POLICY: RolePolicy = {
  roles: ['user', 'admin', 'editor'],
  adminIds: new Set(['ada']),
  adminAddresses: new Set(['grace@example.com']),
}

describe('the settings make an admin', () => {
  it.each([
    ['whose id they name', true, { id: 'ada' }],
    ['whose id they name in capitals', false, { id: 'Ada' }],
    ['whose address they name, once it is verified', true, { email: 'grace@example.com', emailVerified: true }],
    ['whose address they name in whatever spelling', true, { email: 'Grace\uff20Example.COM', emailVerified: true }],
    ['whose address is not verified', false, { email: 'grace@example.com', emailVerified: false }],
    ['whose address is another', false, { email: 'grace@example.com.evil.example', emailVerified: true }],
    ['whom they do not name', false, { emailVerified: true }],
  ])('of a user %s: %s', (_, isAdmin, given) => {
    const user = aUser(given)
    expect(isNamedAdmin(POLICY, user)).toBe(isAdmin)
    expect(withRoles(POLICY, user).roles).toEqual(isAdmin ? ['user', 'admin'] : ['user'])
  })

  it('who has the roles of the store too, and that of an admin once', () => {
    expect(withRoles(POLICY, aUser({ id: 'ada', roles: ['editor'] })).roles).toEqual(['editor', 'admin'])
    expect(withRoles(POLICY, aUser({ id: 'ada', roles: ['admin', 'user'] })).roles).toEqual(['admin', 'user'])
  })
})

it('leaves the stored user as it is', () => {
  const user = aUser({ id: 'ada' })
  withRoles(POLICY, user)
  expect(user.roles).toEqual(['user'])
})
