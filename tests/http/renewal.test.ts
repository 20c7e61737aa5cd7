import { expect, it } from 'vitest'
import type { Answer } from '../support/client.ts'
import { PROFILES } from '../support/instances.ts'
import { aMember, aVisitor, cookieHeader, describeApp, waitUntil } from './support/app.ts'
import { expectCookiesCleared, expectCookiesSet, expectProblem, expectPromisesKept } from './support/promises.ts'

const DAYS_30 = 30 * 86_400

describeApp(
  'An access token that has run out',
  (app) => {
    it.concurrent('is renewed on the way, on 30 pages at once, with no redirect', async () => {
      const member = await aMember(app, { remember: true })
      await waitUntil(member.signedUp.session.accessExpiresAt)
      const cookie = cookieHeader(member)
      const pages = await Promise.all(Array.from({ length: 30 }, () => aVisitor(app).get('/dashboard', { cookie })))
      for (const page of pages) {
        expect(page.status).toBe(200)
        expect(page.text).toContain(member.signedUp.user.id)
        expectCookiesSet(page, DAYS_30, 4)
        expectPromisesKept('/dashboard', page)
      }
      expect(new Set(pages.map(refreshCookie)).size).toBe(1)
      const goesOn = await aVisitor(app).get('/dashboard', { cookie: `refresh=${refreshCookie(pages[29])}` })
      expect(goesOn.status).toBe(200)
    })

    it.concurrent('is renewed on the way, on 30 guarded API requests at once', async () => {
      const member = await aMember(app, { remember: true })
      await waitUntil(member.signedUp.session.accessExpiresAt)
      const cookie = cookieHeader(member)
      const answers = await Promise.all(Array.from({ length: 30 }, () => aVisitor(app).get('/api/me', { cookie })))
      for (const answer of answers) {
        expect(answer.status).toBe(200)
        expect(answer.json).toEqual(member.signedUp.user)
        expectCookiesSet(answer, DAYS_30, 4)
      }
      expect(new Set(answers.map(refreshCookie)).size).toBe(1)
    })

    it.concurrent('is renewed on every page and route that asks who is there', async () => {
      const member = await aMember(app, { remember: true })
      const cookie = () => ({ cookie: cookieHeader(member, { access: null }) })
      for (const path of ['/', '/dashboard?x=1', '/no/such/page', '/api/auth/session', '/api/me', '/api/nope']) {
        const answer = await member.get(path, cookie())
        expectCookiesSet(answer, DAYS_30, 4)
      }
      const session = await member.get('/api/auth/session', cookie())
      expect(session.json.user).toEqual(member.signedUp.user)
      expectProblem(await member.get('/api/nope', cookie()), 404, 'not_found')
      const head = await member.send('/dashboard', { method: 'HEAD', headers: cookie() })
      expect(head.status).toBe(200)
      expectCookiesSet(head, DAYS_30, 4)
      for (const page of ['/login', '/signup']) {
        const answer = await member.get(page, cookie())
        expect(answer.header('location')).toBe(`${app.url}/dashboard`)
        expectCookiesSet(answer, DAYS_30, 4)
      }
    })

    it.concurrent('is renewed when it is missing, garbled, or of another address', async () => {
      const member = await aMember(app, { remember: true })
      for (const access of [null, '', 'x', 'eyJhbGciOiJub25lIn0.e30.']) {
        const page = await member.get('/dashboard', { cookie: cookieHeader(member, { access }) })
        expect(page.status).toBe(200)
        expectCookiesSet(page, DAYS_30, 4)
      }
    })

    it.concurrent('is not renewed for a client that shows a bearer token', async () => {
      const member = await aMember(app, { remember: true })
      const headers = { cookie: cookieHeader(member, { access: null }), authorization: 'Bearer x' }
      const answer = await member.get('/api/me', headers)
      expectProblem(answer, 401, 'unauthenticated')
      expect(answer.setCookies).toEqual([])
    })

    it.concurrent('is renewed to the end of the session, and not beyond', async () => {
      const member = await aMember(app)
      await waitUntil(member.signedUp.session.expiresAt)
      const page = await member.get('/dashboard', { cookie: cookieHeader(member) })
      expect(page.status).toBe(307)
      expect(page.header('location')).toBe(`${app.url}/login?next=%2Fdashboard`)
      expectCookiesCleared(page)
    })

    it.concurrent('is not renewed when the session has been ended: the cookies go, and public pages are shown', async () => {
      const member = await aMember(app, { remember: true })
      const cookie = cookieHeader(member, { access: null })
      await member.post('/api/auth/logout')
      const page = await member.get('/dashboard', { cookie })
      expect(page.status).toBe(307)
      expectCookiesCleared(page)
      const api = await member.get('/api/me', { cookie })
      expectProblem(api, 401, 'unauthenticated')
      expectCookiesCleared(api)
      const login = await member.get('/login', { cookie })
      expect(login.status).toBe(200)
      expectCookiesCleared(login)
      const session = await member.get('/api/auth/session', { cookie })
      expect(session.json).toEqual({ user: null, session: null })
      expectCookiesCleared(session)
    })

    it.concurrent('is not renewed with a forged refresh token: the cookies go', async () => {
      const member = await aMember(app, { remember: true })
      const genuine = cookieHeader(member)
      const page = await member.get('/dashboard', { cookie: 'refresh=v1.x' })
      expect(page.status).toBe(307)
      expectCookiesCleared(page)
      expect((await member.get('/dashboard', { cookie: genuine })).status).toBe(200)
    })

    it.concurrent('is good again for routes that are asked many times over', async () => {
      const member = await aMember(app, { remember: true })
      for (let round = 0; round < 3; round++) {
        const answer = await member.post('/api/auth/refresh')
        await waitUntil(answer.json.session.accessExpiresAt)
        expect((await member.get('/dashboard')).status).toBe(200)
      }
    })
  },
  { settings: PROFILES.short },
)

function refreshCookie(answer: Answer | undefined): string | undefined {
  return answer?.setCookies.find(({ name }) => name === 'refresh')?.value
}
