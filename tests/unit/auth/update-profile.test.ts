import { expect, it } from 'vitest'
import { updateProfile } from '../../../lib/auth/update-profile.ts'
import { aFreshUser, aWorld } from '../../support/world.ts'

it.each(['Ada Lovelace', null])('changes the name to %j, and nothing else', async (name) => {
  const { services, ...world } = aWorld()
  const { user, fresh } = await aFreshUser({ ...world, services }, { name: 'Ada' })
  expect(await updateProfile(services, fresh, { name })).toEqual({ ok: true, value: { ...user, name } })
  expect(await services.store.accounts.userById(user.id)).toEqual({ ...user, name })
})

it.each([
  ['Ada\nLovelace', 'invalid'],
  ['x'.repeat(101), 'name_too_long'],
])('refuses the name %j, and asks no store', async (name, issue) => {
  const world = aWorld()
  const { fresh } = await aFreshUser(world)
  world.takeTrips()
  const refused = await updateProfile(world.services, fresh, { name })
  expect(refused).toEqual({ ok: false, error: { code: 'invalid_fields', fields: { name: [issue] } } })
  expect(world.takeTrips()).toEqual([])
})

it('trims the name', async () => {
  const world = aWorld()
  const { fresh } = await aFreshUser(world)
  expect(await updateProfile(world.services, fresh, { name: ' Ada ' })).toMatchObject({ value: { name: 'Ada' } })
})

it('answers with the roles that count', async () => {
  const { services, ...world } = aWorld()
  const { user, fresh } = await aFreshUser({ ...world, services })
  const rolePolicy = { ...services.rolePolicy, adminIds: new Set([user.id]) }
  const updated = await updateProfile({ ...services, rolePolicy }, fresh, { name: null })
  expect(updated).toMatchObject({ value: { roles: ['user', 'admin'] } })
})

it('refuses whose account is gone', async () => {
  const { services } = aWorld()
  const refused = await updateProfile(services, { id: 'A'.repeat(22) }, { name: 'Ada' })
  expect(refused).toEqual({ ok: false, error: { code: 'unauthenticated' } })
})
