import { expect, it } from 'vitest'
import { currentUser, requiring, requiringRole } from '../../../lib/auth/current-user.ts'
import { verifyEmail } from '../../../lib/auth/verify-email.ts'
import { aSignedInUser, aVisitor, aWorld, mailedToken, setAccessOf } from '../../support/world.ts'

const NOBODY = { bearer: null, accessCookie: null }

it('finds out once who is signed in, however often one asks', async () => {
  const world = aWorld()
  const { user, accessToken } = await aSignedInUser(world)
  world.takeTrips()
  const getUser = currentUser(world.services, { bearer: null, accessCookie: accessToken })
  const [one, other] = await Promise.all([getUser({ fresh: true }), getUser({ fresh: true })])
  expect([one?.id, other?.id, (await getUser({ fresh: true }))?.email]).toEqual([user.id, user.id, user.email])
  expect(world.takeTrips()).toEqual([['sessions.get']])
})

it('asks the store only who asks for it', async () => {
  const world = aWorld()
  const { user, accessToken } = await aSignedInUser(world)
  world.takeTrips()
  const getUser = currentUser(world.services, { bearer: null, accessCookie: accessToken })
  expect([(await getUser())?.id, (await getUser({ fresh: false }))?.id]).toEqual([user.id, user.id])
  expect(world.takeTrips()).toEqual([])
})

it('requires a user, or gives the refusal', async () => {
  const world = aWorld()
  const { user, accessToken } = await aSignedInUser(world)
  const known = requiring(currentUser(world.services, { bearer: accessToken, accessCookie: null }))
  expect(await known()).toMatchObject({ ok: true, value: { id: user.id } })
  expect(await known({ fresh: true })).toMatchObject({ ok: true, value: { id: user.id, email: user.email } })
  const unknown = requiring(currentUser(world.services, NOBODY))
  for (const fresh of [false, true] as const) {
    expect(await (fresh ? unknown({ fresh }) : unknown())).toEqual({ ok: false, error: { code: 'unauthenticated' } })
  }
})

it('requires a verified address where one asks for it, as it is today', async () => {
  const world = aWorld({ canMail: true })
  const { user, accessToken } = await aSignedInUser(world)
  await world.settled()
  const ask = () => requiring(currentUser(world.services, { bearer: accessToken, accessCookie: null }))
  expect(await ask()({ verified: true })).toEqual({ ok: false, error: { code: 'email_unverified' } })
  await verifyEmail(world.services, aVisitor(), mailedToken(world, 'verify-email', user.email))
  expect(await ask()({ verified: true })).toMatchObject({ ok: true, value: { id: user.id, emailVerified: true } })
  const nobody = requiring(currentUser(world.services, NOBODY))
  expect(await nobody({ verified: true })).toEqual({ ok: false, error: { code: 'unauthenticated' } })
})

it('requires a role as the token names it, or as it is today', async () => {
  const world = aWorld()
  const { user, accessToken } = await aSignedInUser(world)
  const ask = () => requiringRole(currentUser(world.services, { bearer: accessToken, accessCookie: null }))
  const forbidden = { ok: false, error: { code: 'forbidden' } }
  expect(await ask()('user')).toMatchObject({ ok: true, value: { id: user.id } })
  expect(await ask()('admin', { fresh: true })).toEqual(forbidden)

  await setAccessOf(world, user.id, { roles: ['admin'] })
  world.takeTrips()
  expect(await ask()('admin')).toEqual(forbidden)
  expect(world.takeTrips()).toEqual([])
  expect(await ask()('admin', { fresh: true })).toMatchObject({ ok: true, value: { id: user.id, roles: ['admin'] } })
  expect(await ask()('user', { fresh: true })).toEqual(forbidden)
})

it('requires somebody before it requires a role', async () => {
  const requireRole = requiringRole(currentUser(aWorld().services, NOBODY))
  for (const fresh of [false, true] as const) {
    const refused = await (fresh ? requireRole('user', { fresh }) : requireRole('user'))
    expect(refused).toEqual({ ok: false, error: { code: 'unauthenticated' } })
  }
})
