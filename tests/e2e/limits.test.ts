import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aPerson, countPosts, fillIn, openForm, submit, submitButton } from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

describeInBrowser('Too many attempts', PROFILES.short, (stage) => {
  it('say how long to wait, count down, and give the button back', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await page.clock.install()
    await openForm(page, '/login')
    const posts = countPosts(page, '/api/auth/login')
    await fillIn(page, { ...person, password: 'not the password' })
    const alert = page.locator('main').getByRole('alert')
    for (let attempt = 1; attempt <= 3; attempt++) {
      const answered = page.waitForResponse('**/api/auth/login')
      await submit(page)
      await answered
      await alert.getByText("don't match").waitFor()
      await expect.poll(() => submitButton(page).isEnabled()).toBe(true)
    }
    await submit(page)

    await alert.getByText('Too many attempts. Try again in').waitFor()
    expect(await submitButton(page).isDisabled()).toBe(true)
    const timer = page.getByRole('timer')
    const start = toSeconds(await timer.textContent())
    expect(start).toBeGreaterThan(10)
    expect(start).toBeLessThanOrEqual(2 * 60 * 60)

    await page.clock.runFor(10_000)
    const later = toSeconds(await timer.textContent())
    expect(start - later).toBeGreaterThanOrEqual(10)
    expect(await submitButton(page).isDisabled()).toBe(true)
    expect(posts()).toBe(4)

    await page.clock.fastForward(later * 1_000)
    await alert.getByText('You can try again now.').waitFor()
    expect(await submitButton(page).isEnabled()).toBe(true)
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    const answered = page.waitForResponse('**/api/auth/login')
    await submit(page)
    await answered
    expect(posts()).toBe(5)
  })

  it('of signing up from one address say how long to wait, too', async () => {
    const page = await stage.open()
    for (let account = 1; account <= 3; account++) {
      await page.request.post('/api/auth/signup', { data: aPerson() })
    }
    await page.context().clearCookies()
    await openForm(page, '/signup')
    await fillIn(page, aPerson())
    await submit(page)
    await page.locator('main').getByRole('alert').getByText('Too many attempts. Try again in').waitFor()
    expect(await submitButton(page).isDisabled()).toBe(true)
  })

  it('are told without JavaScript, with a button that still works', async () => {
    const page = await stage.open({ javaScriptEnabled: false })
    for (let account = 1; account <= 3; account++) {
      await page.request.post('/api/auth/signup', { data: aPerson() })
    }
    await page.context().clearCookies()
    await page.goto('/signup')
    await fillIn(page, aPerson())
    await submit(page)
    await page.locator('main').getByRole('alert').getByText('Too many attempts. Try again in').waitFor()
    expect(await submitButton(page).isEnabled()).toBe(true)
  })
})

/** Of a text such as `4:32` or `1:04:32`. */
function toSeconds(text: string | null): number {
  return (text ?? '').split(':').reduce((total, part) => total * 60 + Number(part), 0)
}
