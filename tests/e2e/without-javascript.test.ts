import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { aPerson, fillIn, logOutButton, submit } from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

describeInBrowser('Without JavaScript', PROFILES.default, (stage) => {
  it('one signs up, logs out and logs in again', async () => {
    const page = await stage.open({ javaScriptEnabled: false })
    const person = aPerson()
    await page.goto('/signup')
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/dashboard')
    await page.getByRole('heading', { name: "You're signed in" }).waitFor()

    await logOutButton(page).click()
    await page.waitForURL('/login')
    await page.goto('/dashboard?x=1')
    await page.waitForURL('/login?next=%2Fdashboard%3Fx%3D1')
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/dashboard?x=1')
    await page.getByRole('heading', { name: "You're signed in" }).waitFor()
  })

  it('a refused login comes back with all that was typed but the password', async () => {
    const page = await stage.open({ javaScriptEnabled: false })
    const person = aPerson()
    await page.goto('/login?next=%2Fdashboard%3Fx%3D1')
    await fillIn(page, person)
    await page.getByLabel('Keep me signed in').check()
    await submit(page)

    await page.getByRole('alert').getByText("That email and password don't match.").waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    expect(await page.getByLabel('Keep me signed in').isChecked()).toBe(true)
    expect(await page.getByRole('textbox', { name: 'Password' }).inputValue()).toBe('')
    expect(await page.locator('input[name=next]').inputValue()).toBe('/dashboard?x=1')
  })

  it('a refused sign-up says beside the field what is wrong, and keeps the rest', async () => {
    const page = await stage.open({ javaScriptEnabled: false })
    const person = { ...aPerson(), name: 'Zoë Ångström' }
    await page.goto('/signup')
    await fillIn(page, { ...person, password: 'password123' })
    await submit(page)

    await page.locator('#password-error').getByText('most common').waitFor()
    expect(await page.getByLabel('Name').inputValue()).toBe(person.name)
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    await fillIn(page, { password: person.password })
    await submit(page)
    await page.waitForURL('/dashboard')
  })

  it('a taken address offers to log in instead', async () => {
    const { person } = await stage.openSignedIn()
    const page = await stage.open({ javaScriptEnabled: false })
    await page.goto('/signup')
    await fillIn(page, person)
    await submit(page)
    await page.getByRole('alert').getByText('There is already an account').waitFor()
    await page.getByRole('link', { name: 'Log in instead' }).click()
    await page.waitForURL('/login')
  })
})
