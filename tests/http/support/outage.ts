import { expect } from 'vitest'
import { STORE_DEADLINE_SECONDS } from '../../../lib/store/deadline.ts'
import type { Answer } from '../../support/client.ts'
import { anEmail, aVisitor, cookieHeader, type Member, PASSWORD } from './app.ts'
import { expectProblem } from './promises.ts'

/** Sooner than a store could be waited for twice, in milliseconds. */
const PATIENCE = 2 * STORE_DEADLINE_SECONDS * 1_000

/**
 * What holds on every route while the store cannot be reached, for somebody who is signed in and for a stranger.
 *
 * @param leaver logs out: a step that was answered with 503 may still be done when the store comes back
 */
export async function expectGracefulOutage(member: Member, leaver: Member): Promise<void> {
  const { email, url } = member
  const stranger = () => aVisitor({ url })
  const before = new Map(member.cookies)
  const good = { cookie: cookieHeader(member) }
  const runOut = { cookie: cookieHeader(member, { access: null }) }

  const needStore = {
    signup: () => stranger().post('/api/auth/signup', { email: anEmail(), password: PASSWORD }),
    login: () => stranger().post('/api/auth/login', { email, password: PASSWORD }),
    refresh: () => member.post('/api/auth/refresh'),
    logout: () => leaver.post('/api/auth/logout'),
    session: () => member.get('/api/auth/session'),
    me: () => member.get('/api/me'),
    health: () => stranger().get('/api/health'),
    'session, to be renewed': () => member.get('/api/auth/session', runOut),
    'me, to be renewed': () => member.get('/api/me', runOut),
    'what is not there, to be renewed': () => member.get('/api/nope', runOut),
  }
  const doNot = {
    '/': () => stranger().get('/'),
    '/login': () => stranger().get('/login'),
    '/signup': () => stranger().get('/signup'),
    '/, to be renewed': () => member.get('/', runOut),
    '/login, to be renewed': () => member.get('/login', runOut),
    '/dashboard': () => member.get('/dashboard', good),
    'the key set': () => stranger().get('/.well-known/jwks.json'),
    'a log-out without a session': () =>
      stranger()
        .post('/api/auth/logout')
        .then((answer) => ({ ...answer, status: 200 })),
  }

  await Promise.all([
    ...Object.entries(needStore).map(async ([what, ask]) => {
      const { answer, time } = await timed(ask)
      expectProblem(answer, 503, 'store_unavailable')
      expect(Number(answer.header('retry-after')), what).toBeGreaterThan(0)
      expect(answer.setCookies, what).toEqual([])
      expect(time, what).toBeLessThan(PATIENCE)
    }),
    timed(() => member.get('/dashboard', runOut)).then(({ answer, time }) => {
      expect(answer.status).toBe(503)
      expect(answer.header('content-type')).toMatch(/^text\/html/)
      expect(Number(answer.header('retry-after'))).toBeGreaterThan(0)
      expect(answer.setCookies).toEqual([])
      expect(time).toBeLessThan(PATIENCE)
    }),
    timed(() => stranger().send('/api/auth/login', { form: { email, password: PASSWORD } })).then(
      ({ answer, time }) => {
        expect(answer.status).toBe(303)
        expect(answer.header('location')).toBe('/login?error=store_unavailable')
        expect(answer.setCookies.map(({ name }) => name)).toEqual(['form'])
        expect(time).toBeLessThan(PATIENCE)
      },
    ),
    ...Object.entries(doNot).map(async ([what, ask]) => expect((await timed(ask)).answer.status, what).toBe(200)),
    expectUnauthenticated(stranger().get('/api/me')),
    expectUnauthenticated(stranger().get('/api/nope')),
  ])
  expect(member.cookies).toEqual(before)
}

/** The same cookies go on. */
export async function expectGoingOn(member: Member): Promise<void> {
  expect((await member.get('/api/me')).json).toEqual(member.signedUp.user)
  expect((await member.get('/dashboard', { cookie: cookieHeader(member, { access: null }) })).status).toBe(200)
  expect((await member.post('/api/auth/refresh')).status).toBe(200)
}

async function timed(ask: () => Promise<Answer>): Promise<{ answer: Answer; time: number }> {
  const start = performance.now()
  const answer = await ask()
  return { answer, time: performance.now() - start }
}

async function expectUnauthenticated(answer: Promise<Answer>): Promise<void> {
  expectProblem(await answer, 401, 'unauthenticated')
}
