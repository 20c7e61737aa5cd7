import { expect, it } from 'vitest'
import { signedInBody, userBody } from '../../../lib/http/representation.ts'
import { aSession, aUser } from '../../support/builders.ts'

const AT = Date.UTC(2026, 10, 21, 4, 30) / 1_000

it('shows a user in the fields of the contract, and in no others', () => {
  const user = { ...aUser({ id: 'user', createdAt: AT }), passwordHash: 'secret', note: 'internal' }
  expect(userBody(user)).toEqual({
    id: 'user',
    email: 'Ada@example.com',
    emailVerified: false,
    name: 'Ada Lovelace',
    roles: ['user'],
    createdAt: '2026-11-21T04:30:00.000Z',
  })
})

it('shows a session with its two ends, and none of its tokens', () => {
  const body = signedInBody({
    user: aUser(),
    session: aSession({ id: 'session', expiresAt: AT + 86_400 }),
    accessToken: 'the access token',
    accessExpiresAt: AT + 600,
    refreshToken: 'the refresh token',
  })
  expect(body.session).toEqual({
    id: 'session',
    expiresAt: '2026-11-22T04:30:00.000Z',
    accessExpiresAt: '2026-11-21T04:40:00.000Z',
  })
  expect(JSON.stringify(body)).not.toContain('token')
})
