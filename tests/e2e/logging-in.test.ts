import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import {
  aPerson,
  countPosts,
  fillIn,
  logIn,
  loseAnswersSoon,
  openForm,
  submit,
  submitButton,
  waitForDashboard,
} from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

describeInBrowser('Logging in', PROFILES.default, (stage) => {
  it('leads to the dashboard', async () => {
    const { person } = await stage.openSignedIn()
    await logIn(await stage.open(), person)
  })

  it.each([
    ['a wrong password', (known: string) => known],
    ['an address that has no account', () => aPerson().email],
  ])('says the same about %s, and keeps the address', async (_, choose) => {
    const { person } = await stage.openSignedIn()
    const email = choose(person.email)
    const page = await stage.open()
    await openForm(page, '/login')
    await fillIn(page, { email, password: 'not the password' })
    await submit(page)

    const alert = page.getByRole('alert').filter({ hasText: "That email and password don't match." })
    await alert.waitFor()
    expect(await alert.evaluate((element) => element === document.activeElement)).toBe(true)
    expect(await page.getByLabel('Email').inputValue()).toBe(email)
  })

  it('shows a dashboard whose details can be asked for again when no answer comes', async () => {
    const { page, person } = await stage.openSignedIn()
    await loseAnswersSoon(page)
    await page.route('**/api/auth/session', () => {}, { times: 1 })
    await page.goto('/dashboard')
    await page.getByText("We couldn't load your details just now. You are still signed in.").waitFor()
    await page.getByRole('button', { name: 'Try again' }).click()
    await waitForDashboard(page, person)
  })

  it('leads back to the page that asked for it, query and all', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await page.goto('/dashboard?x=1')
    expect(page.url()).toBe(`${stage.url}/login?next=%2Fdashboard%3Fx%3D1`)
    await openForm(page, page.url())
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/dashboard?x=1')
  })

  it('keeps the page that asked for it on the way to the other form and back', async () => {
    const page = await stage.open()
    await page.goto('/dashboard?x=1')
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.waitForURL('/signup?next=%2Fdashboard%3Fx%3D1')
    await page.getByRole('main').getByRole('link', { name: 'Log in' }).click()
    await page.waitForURL('/login?next=%2Fdashboard%3Fx%3D1')
  })

  it('goes to the dashboard when a link wants to lead elsewhere', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    for (const next of ['/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '//evil.example']) {
      await page.goto(`/login?${new URLSearchParams({ next })}`)
      expect(await page.locator('input[name=next]').inputValue()).toBe('/dashboard')
    }
    await openForm(page, page.url())
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/dashboard')
  })

  it('shows that it is on its way, and asks once however often one clicks', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await openForm(page, '/login')
    const posts = countPosts(page, '/api/auth/login')
    const release = await holdBack(page, '/api/auth/login')
    await fillIn(page, person)
    await submitButton(page).dblclick()

    await page.getByRole('button', { name: 'Logging in…' }).waitFor()
    expect(await submitButton(page).isDisabled()).toBe(true)
    expect(await page.locator('form[aria-busy=true]').count()).toBe(1)
    release()
    await waitForDashboard(page, person)
    expect(posts()).toBe(1)
  })

  it('keeps what was typed when the network is lost, and works once it is back', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await openForm(page, '/login')
    await fillIn(page, person)
    await page.context().setOffline(true)
    await submit(page)
    await page.getByRole('alert').getByText("We couldn't reach the server. Your details are still here").waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe(person.password)

    await page.context().setOffline(false)
    await submit(page)
    await waitForDashboard(page, person)
  })

  it('works with the keyboard alone', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await openForm(page, '/login')
    await tabTo(page, 'Email')
    await page.keyboard.type(person.email)
    await tabTo(page, 'Password')
    await page.keyboard.type(person.password)
    await tabTo(page, 'Show password')
    await page.keyboard.press('Space')
    expect(await page.getByRole('textbox', { name: 'Password' }).getAttribute('type')).toBe('text')
    await tabTo(page, 'Keep me signed in')
    await page.keyboard.press('Space')
    expect(await page.getByLabel('Keep me signed in').isChecked()).toBe(true)
    await tabTo(page, 'Log in')
    await page.keyboard.press('Enter')
    await waitForDashboard(page, person)

    await tabTo(page, 'Log out')
    await page.keyboard.press('Enter')
    await page.waitForURL('/login')
  })

  it('tells the other tabs, which show it by themselves', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await page.goto('/')
    await page.getByRole('link', { name: 'Create an account' }).waitFor()
    const otherTab = await page.context().newPage()
    await logIn(otherTab, person)
    await page.getByRole('link', { name: 'Go to dashboard' }).waitFor()
  })

  it.each([
    ['/login', 'current-password'],
    ['/signup', 'new-password'],
  ])('tells password managers what the fields of %s are for', async (path, password) => {
    const page = await stage.open()
    await openForm(page, path)
    expect(await page.getByLabel('Email').getAttribute('autocomplete')).toBe('username')
    expect(await page.getByLabel('Email').getAttribute('type')).toBe('email')
    const field = page.getByRole('textbox', { name: 'Password' })
    expect(await field.getAttribute('autocomplete')).toBe(password)
    expect(await field.getAttribute('type')).toBe('password')

    await fillIn(page, { password: 'four unlikely lively words' })
    await page.getByRole('button', { name: 'Show password' }).click()
    expect(await field.getAttribute('type')).toBe('text')
    expect(await field.getAttribute('autocomplete')).toBe(password)
    expect(await field.inputValue()).toBe('four unlikely lively words')
  })
})

/** Keeps requests to `path` waiting until the returned function is called. */
async function holdBack(page: Page, path: string): Promise<() => void> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  await page.route(`**${path}`, async (route) => {
    await released
    await route.continue()
  })
  return () => release()
}

/** Presses Tab until what has the focus is called `name`. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = []
  while (passed.length < 20) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      const label = element instanceof HTMLInputElement ? element.labels?.[0]?.textContent : null
      return element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? ''
    })
    if (focused === name) return
    passed.push(focused)
  }
  throw new Error(`no way to "${name}" by Tab: ${passed.join(', ')}`)
}
