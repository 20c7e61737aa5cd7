import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { violations } from './support/accessibility.ts'
import { fillIn, openAccount, openForm, submit } from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

const PHONE = { width: 375, height: 720 }
const NOT_FOUND = /status of 404 .*\/no-such-page/

interface Scene {
  name: string
  isSignedIn?: boolean
  show(page: Page): Promise<unknown>
}

/** All that there is to see. */
const SCENES: Scene[] = [
  { name: 'the start page', show: (page) => page.goto('/') },
  { name: 'the login page', show: (page) => openForm(page, '/login') },
  { name: 'the login page after a wrong password', show: failToLogIn },
  {
    name: 'the login page after too many attempts',
    show: (page) => openForm(page, '/login?error=rate_limited&retry=300'),
  },
  { name: 'the sign-up page', show: (page) => openForm(page, '/signup') },
  { name: 'the sign-up page with errors', show: failToSignUp },
  { name: 'the page that is not there', show: (page) => page.goto('/no-such-page') },
  { name: 'the page for what went wrong', show: failToWork },
  { name: 'the start page for a user', isSignedIn: true, show: (page) => page.goto('/') },
  { name: 'the dashboard', isSignedIn: true, show: showDashboard },
  { name: 'the account', isSignedIn: true, show: (page) => openAccount(page) },
  { name: 'the account with errors', isSignedIn: true, show: failToChangePassword },
  {
    name: 'the account after a change',
    isSignedIn: true,
    show: (page) => openAccount(page, '?done=sessions#sessions'),
  },
  { name: 'the login page after an account was deleted', show: (page) => openForm(page, '/login?done=deleted') },
]

describeInBrowser('Every page', PROFILES.default, (stage) => {
  it.each(SCENES)('can be used by everyone, light and dark, and fits a phone: $name', async ({ isSignedIn, show }) => {
    stage.tolerate(NOT_FOUND)
    stage.tolerate(SABOTAGE)
    const page = isSignedIn ? (await stage.openSignedIn()).page : await stage.open()
    await show(page)
    expect(await violations(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
  })

  it('has a navigation bar that knows, without scripts, whether one is signed in', async () => {
    const guest = await stage.open({ javaScriptEnabled: false })
    const { page: user } = await stage.openSignedIn({ javaScriptEnabled: false })
    for (const path of ['/', '/login', '/signup']) {
      await guest.goto(path)
      expect(await navigation(guest)).toEqual(['Log in', 'Sign up'])
    }
    await user.goto('/')
    expect(await navigation(user)).toEqual(['Dashboard', 'Log out'])
    for (const path of ['/dashboard', '/account']) {
      await user.goto(path)
      expect(await navigation(user)).toEqual(['Log out', 'Dashboard', 'Account'])
    }
  })
})

describeInBrowser('What is out of order', PROFILES.default, (stage) => {
  it('is told by the error page, whose button loads the page anew', async () => {
    stage.tolerate(SABOTAGE)
    const page = await stage.open()
    await failToWork(page)
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
  })

  it('is told by the page for addresses that lead nowhere, whose scripts run', async () => {
    stage.tolerate(NOT_FOUND)
    const page = await stage.open()
    const answer = await page.goto('/no-such-page')
    expect(answer?.status()).toBe(404)
    await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
    expect(await page.title()).toBe('Page not found · Gatehouse')
    await page.waitForFunction(() => Object.keys(document.body).some((key) => key.startsWith('__react')))
    await page.getByRole('link', { name: 'Go to the start page' }).click()
    await page.waitForURL('/')
  })
})

async function navigation(page: Page): Promise<string[]> {
  return page.getByRole('navigation').locator('a, button').allTextContents()
}

async function showDashboard(page: Page): Promise<void> {
  await page.goto('/dashboard')
  await page.getByText('@example.com').waitFor()
}

async function failToLogIn(page: Page): Promise<void> {
  await openForm(page, '/login')
  await fillIn(page, { email: `nobody-${crypto.randomUUID()}@example.com`, password: 'not the password' })
  await submit(page)
  await page.getByRole('alert').getByText("don't match").waitFor()
}

async function failToSignUp(page: Page): Promise<void> {
  await openForm(page, '/signup')
  await fillIn(page, { email: 'ada', password: 'short' })
  await submit(page)
  await page.locator('#password-error').waitFor()
}

async function failToChangePassword(page: Page): Promise<void> {
  await openAccount(page)
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.locator('#newPassword-error').waitFor()
}

/** What the page's own scripts stumble over once. */
const SABOTAGE = /out of order/

async function failToWork(page: Page): Promise<void> {
  const script = await page.context().newCDPSession(page)
  await script.send('Page.enable')
  const source = `BroadcastChannel = class { constructor() { throw new Error('out of order') } }`
  const { identifier } = await script.send('Page.addScriptToEvaluateOnNewDocument', { source })
  await page.goto('/login')
  await page.getByRole('heading', { name: "That didn't work" }).waitFor()
  await script.send('Page.removeScriptToEvaluateOnNewDocument', { identifier })
}
