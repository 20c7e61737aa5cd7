import { expect, it } from 'vitest'
import { formatEvent } from '../../../lib/auth/events.ts'

const AT = new Date('2026-11-21T04:30:00Z')

it('writes one line of JSON, with the address of the client masked', () => {
  const line = formatEvent({ event: 'login.failed', account: 'a…@example.com', ip: '192.0.2.7' }, AT)
  expect(line).toBe(
    '{"time":"2026-11-21T04:30:00.000Z","event":"login.failed","account":"a…@example.com","client":"192.0.2.0/24"}',
  )
})

it('leaves out the client when nobody knows its address', () => {
  const line = formatEvent({ event: 'session.ended', userId: 'user', sessionId: 'session', ip: '' }, AT)
  expect(JSON.parse(line)).toEqual({
    time: '2026-11-21T04:30:00.000Z',
    event: 'session.ended',
    userId: 'user',
    sessionId: 'session',
  })
})

it('stays one line, whatever is in it', () => {
  expect(formatEvent({ event: 'login.failed', account: '\n"…@example.com' }, AT)).not.toContain('\n')
})
