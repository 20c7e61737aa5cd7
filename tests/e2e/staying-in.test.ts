import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { PATIENCE } from './support/browser.ts'
import { aPerson, letAccessRunOut, logOutButton, signUp, waitForDashboard } from './support/people.ts'
import { describeInBrowser, type Stage } from './support/stage.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-browser-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describeInBrowser('Staying in', PROFILES.default, (stage) => {
  it('lasts until the browser is closed, for who does not ask for more', async () => {
    const page = await firstPage(stage)
    await signUp(page, aPerson())
    await page.context().close()

    const reopened = await firstPage(stage)
    await letAccessRunOut(reopened)
    await reopened.goto('/dashboard')
    await reopened.waitForURL('/login?next=%2Fdashboard')
    await reopened.goto('/')
    await reopened.getByRole('link', { name: 'Create an account' }).waitFor()
  })

  it('outlasts the browser with "keep me signed in"', async () => {
    const page = await firstPage(stage)
    const person = aPerson()
    await signUp(page, person, { remember: true })
    await page.context().close()

    const reopened = await firstPage(stage)
    await letAccessRunOut(reopened)
    await reopened.goto('/dashboard')
    await waitForDashboard(reopened, person)
  })

  it('goes on in every tab at once when the access token has run out', async () => {
    const { page, person } = await stage.openSignedIn()
    const tabs = [page, await page.context().newPage(), await page.context().newPage()]
    await letAccessRunOut(page)
    await Promise.all(tabs.map((tab) => expectNoDetour(tab)))
    await Promise.all(tabs.map((tab) => waitForDashboard(tab, person)))
  })

  it('goes on for a form that was left open until the access token had run out', async () => {
    const { page } = await stage.openSignedIn()
    await page.goto('/dashboard')
    await letAccessRunOut(page)
    await logOutButton(page).click()
    await page.waitForURL('/login')
  })
})

describeInBrowser('Staying in beyond the life of an access token', PROFILES.short, (stage) => {
  it('needs no redirect and shows nothing in between', async () => {
    const { page, person } = await stage.openSignedIn({ remember: true })
    await page.goto('/dashboard')
    await waitForDashboard(page, person)
    await page.goto('about:blank') // an open page would renew it
    await expect.poll(() => accessCookie(page), { timeout: PATIENCE }).toBeUndefined()
    await expectNoDetour(page)
    await waitForDashboard(page, person)
    expect(await accessCookie(page)).toBeDefined()
  })
})

function firstPage(stage: Stage): Promise<Page> {
  return stage.openOwn(folder).then((context) => context.pages()[0] ?? context.newPage())
}

/** Opens the dashboard, and expects the first answer to be the dashboard as it is shown to who is signed in. */
async function expectNoDetour(page: Page): Promise<void> {
  const answer = await page.goto('/dashboard')
  expect(answer?.status()).toBe(200)
  expect(answer?.request().redirectedFrom()).toBeNull()
  expect(await answer?.text()).toContain('Log out')
  expect(page.url()).toMatch(/\/dashboard$/)
}

async function accessCookie(page: Page) {
  return (await page.context().cookies()).find(({ name }) => name === 'access')
}
