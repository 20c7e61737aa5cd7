import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import {
  aPerson,
  countPosts,
  fillIn,
  openForm,
  signUp,
  submit,
  submitButton,
  waitForDashboard,
} from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

describeInBrowser('Signing up', PROFILES.default, (stage) => {
  it('shows a new user who they are, again on a reload and in a second tab', async () => {
    const page = await stage.open()
    const person = aPerson()
    await signUp(page, person)
    expect(await page.getByText(person.name).isVisible()).toBe(true)

    await page.reload()
    await waitForDashboard(page, person)

    const secondTab = await page.context().newPage()
    await secondTab.goto('/dashboard')
    await waitForDashboard(secondTab, person)
  })

  it.each([
    ['one of the most common', 'password123', 'most common'],
    ['too short', 'short', 'at least 8 characters'],
    ['made of the name', 'adalovelace1', 'made of your email or name'],
  ])('says beside the field that a password is %s, and takes the focus there', async (_, password, message) => {
    const page = await stage.open()
    await openForm(page, '/signup')
    await fillIn(page, { ...aPerson(), password })
    await submit(page)

    const field = page.getByRole('textbox', { name: 'Password' })
    const error = page.locator('#password-error')
    await error.getByText(message).waitFor()
    expect(await field.evaluate((input) => input === document.activeElement)).toBe(true)
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect(await field.getAttribute('aria-describedby')).toContain('password-error')
    expect(await page.getByLabel('Name').inputValue()).toBe('Ada Lovelace')

    await field.press('End')
    await field.pressSequentially('x')
    await error.waitFor({ state: 'detached' })
  })

  it('takes the focus to the first of several fields that need another look, without asking the server', async () => {
    const page = await stage.open()
    await openForm(page, '/signup')
    const posts = countPosts(page, '/api/auth/signup')
    await fillIn(page, { email: 'ada' })
    await submit(page)

    await page.locator('#email-error').getByText('should look like name@example.com').waitFor()
    await page.locator('#password-error').getByText('Please fill this in').waitFor()
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('email')
    expect(posts()).toBe(0)
  })

  it('offers to log in instead when the address has an account, and leads on to the same page', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await openForm(page, '/signup?next=%2Fdashboard%3Fx%3D1')
    await fillIn(page, person)
    await submit(page)

    await page.getByRole('alert').getByText('There is already an account with that email.').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    await page.getByRole('link', { name: 'Log in instead' }).click()
    await page.waitForURL('/login?next=%2Fdashboard%3Fx%3D1')
    await openForm(page, page.url())
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/dashboard?x=1')
  })

  it('creates one account on a double click', async () => {
    const page = await stage.open()
    const person = aPerson()
    await openForm(page, '/signup')
    const posts = countPosts(page, '/api/auth/signup')
    await fillIn(page, person)
    await submitButton(page).dblclick()
    await waitForDashboard(page, person)
    expect(posts()).toBe(1)
  })

  it('tells how strong a new password is', async () => {
    const page = await stage.open()
    await openForm(page, '/signup')
    const strength = page.getByRole('meter', { name: 'Password strength' })
    await fillIn(page, { password: 'abcdefgh' })
    expect(await strength.getAttribute('value')).toBe('1')
    await fillIn(page, { password: aPerson().password })
    expect(await strength.getAttribute('value')).toBe('4')
  })
})
