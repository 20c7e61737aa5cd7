import { expect, it } from 'vitest'
import {
  accountBody,
  activityBody,
  sessionOverviewBody,
  signedInBody,
  userBody,
} from '../../../lib/http/representation.ts'
import { anActivity, aSession, aUser } from '../../support/builders.ts'

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

it('shows admins whether a user is disabled, and no more than that', () => {
  const user = { ...aUser({ disabled: true }), passwordHash: 'secret' }
  expect(accountBody(user)).toEqual({ ...userBody(user), disabled: true })
})

it('shows a session in a list by what its owner knows it by, and nothing of its tokens', () => {
  const overview = { ...aSession({ id: 'session', createdAt: AT, expiresAt: AT + 86_400 }), lastSeenAt: AT + 60 }
  expect(sessionOverviewBody({ ...overview, current: true })).toEqual({
    id: 'session',
    current: true,
    createdAt: '2026-11-21T04:30:00.000Z',
    lastSeenAt: '2026-11-21T04:31:00.000Z',
    expiresAt: '2026-11-22T04:30:00.000Z',
    userAgent: 'Mozilla/5.0',
    ip: '192.0.2.7',
  })
})

it('shows an entry of activity in the fields of the contract, and in no others', () => {
  const activity = { ...anActivity({ type: 'login.failed', at: AT, count: 3 }), note: 'internal' }
  expect(activityBody(activity)).toEqual({
    type: 'login.failed',
    at: '2026-11-21T04:30:00.000Z',
    ip: '192.0.2.7',
    userAgent: 'Mozilla/5.0',
    count: 3,
  })
})
