import type { Page, Route } from 'playwright-core'
import { describe, it } from 'vitest'
import { PROFILES, sharedInstance, TARGETS } from '../support/instances.ts'
import { PATIENCE } from './support/browser.ts'
import { countPosts, waitForDashboard } from './support/people.ts'
import { useStage } from './support/stage.ts'

const REFRESH = '/api/auth/refresh'

// Hosts beside each other, as nearly all is waiting; tests of one host, which share its windows, one by one.
describe.concurrent.each(TARGETS)('On %s,', (target) => {
  describe('useSession()', { concurrent: false }, () => {
    const stage = useStage(async () => (await sharedInstance(target, PROFILES.short)).url)

    it('starts from what the server rendered, also without scripts', async ({ expect }) => {
      const { page } = await stage.openSignedIn({ javaScriptEnabled: false, remember: true })
      await page.goto('/dashboard')
      expect(await accessEnd(page)).toBeGreaterThan(0)
      await page.getByRole('definition').getByText('user', { exact: true }).waitFor()
    })

    it('starts from it also where a date is written in another way than on the server', async ({ expect }) => {
      const { page, person } = await stage.openSignedIn({ remember: true })
      await page.addInitScript(() => {
        const write = Date.prototype.toLocaleString
        Date.prototype.toLocaleString = function (...args: Parameters<typeof write>) {
          return write.apply(this, args).replace(', ', ' at ')
        }
      })
      const [sent] = await Promise.all([page.waitForResponse('**/dashboard'), page.goto('/dashboard')])
      expect(await sent.text()).toMatch(/>\d{1,2} [A-Z][a-z]{2} 2\d{3}, \d\d:\d\d UTC</)
      await waitForDashboard(page, person)
      expect(await page.locator('time', { hasText: ' at ' }).count()).toBeGreaterThan(0)
    })

    it('learns of renewed access before the old one has run out, without a word', async ({ expect }) => {
      const { page, person } = await stage.openSignedIn({ remember: true })
      await page.goto('/dashboard')
      await waitForDashboard(page, person)
      await page.getByRole('heading', { level: 1 }).evaluate((heading) => heading.setAttribute('data-kept', ''))
      const end = await accessEnd(page)
      await expect.poll(() => accessEnd(page), { timeout: PATIENCE }).toBeGreaterThan(end)
      await expect.poll(() => accessEnd(page), { timeout: PATIENCE }).toBeGreaterThan(end + 4)
      expect((await page.context().cookies()).map(({ name }) => name)).toContain('access')
      expect(await page.locator('[data-kept]').count()).toBe(1)
    })

    it('learns of it in every tab, though one alone renews', async ({ expect }) => {
      const { page } = await stage.openSignedIn({ remember: true })
      const tabs = [page, await page.context().newPage(), await page.context().newPage()]
      const posts = tabs.map((tab) => countPosts(tab, REFRESH))
      await page.goto('/dashboard')
      const end = await accessEnd(page)
      await Promise.all(tabs.slice(1).map((tab) => tab.goto('/dashboard')))
      const known = tabs.map((tab) => expect.poll(() => accessEnd(tab), { timeout: PATIENCE }).toBeGreaterThan(end))
      await Promise.all(known)
      const total = () => posts.reduce((sum, count) => sum + count(), 0)
      expect(total()).toBeGreaterThan(0)
      expect(total()).toBeLessThan(tabs.length)
    })

    it('leaves access alone while nobody looks, and renews it when somebody does', async ({ expect }) => {
      const { page } = await stage.openSignedIn({ remember: true })
      await page.addInitScript(() => {
        Object.defineProperty(document, 'visibilityState', {
          get: () => document.documentElement.dataset.look ?? 'hidden',
        })
      })
      const posts = countPosts(page, REFRESH)
      await page.goto('/dashboard')
      const end = await accessEnd(page)
      await expect.poll(() => Date.now() / 1000, { timeout: PATIENCE }).toBeGreaterThan(end + 1)
      expect(posts()).toBe(0)
      await page.evaluate(() => {
        document.documentElement.dataset.look = 'visible'
        document.dispatchEvent(new Event('visibilitychange'))
      })
      await expect.poll(() => accessEnd(page), { timeout: PATIENCE }).toBeGreaterThan(end)
    })

    it.for<[string, (route: Route) => Promise<void>]>([
      ['the server cannot renew it', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '1' } })],
      ['the network is lost', (route) => route.abort()],
    ])('keeps what it knows while %s, and tries again', async ([, refuse], { expect }) => {
      const { page, person } = await stage.openSignedIn({ remember: true })
      await page.route(`**${REFRESH}`, refuse, { times: 1 })
      await page.goto('/dashboard')
      const refused = page.waitForRequest(`**${REFRESH}`)
      const end = await accessEnd(page)
      await refused
      await waitForDashboard(page, person)
      await expect.poll(() => accessEnd(page), { timeout: PATIENCE }).toBeGreaterThan(end)
    })

    it('leads to the log-in, and back, once the session turns out to be over', async ({ expect }) => {
      const { page, person } = await stage.openSignedIn({ remember: true })
      const otherTab = await page.context().newPage()
      await page.goto('/dashboard')
      await otherTab.goto('/account')
      const elsewhere = (await stage.open()).request
      await elsewhere.post('/api/auth/login', { data: { ...person, remember: true } })
      expect((await elsewhere.delete('/api/auth/sessions')).status()).toBe(204)
      await page.waitForURL('/login?next=%2Fdashboard')
      await otherTab.waitForURL('/login?next=%2Faccount')
    })

    it('asks for nothing when nobody is signed in', async ({ expect }) => {
      const page = await stage.open()
      await page.clock.install()
      const posts = countPosts(page, REFRESH)
      await page.goto('/')
      await page.getByRole('link', { name: 'Create an account' }).waitFor()
      await page.clock.runFor('01:00:00')
      expect(posts()).toBe(0)
    })
  })
})

/** When access runs out, in Unix seconds, as the dashboard shows. */
async function accessEnd(page: Page): Promise<number> {
  const row = page.locator('div', { has: page.locator('dt', { hasText: 'Access renews at' }) }).last()
  return Date.parse((await row.locator('time').getAttribute('datetime')) ?? '') / 1000
}
