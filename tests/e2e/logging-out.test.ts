import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { letAccessRunOut, logOutButton, loseAnswersSoon, waitForDashboard } from './support/people.ts'
import { describeInBrowser } from './support/stage.ts'

describeInBrowser('Logging out', PROFILES.default, (stage) => {
  it('leads to the login page, and the dashboard asks to log in again', async () => {
    const { page } = await stage.openSignedIn()
    await page.goto('/dashboard')
    await logOutButton(page).click()
    await page.waitForURL('/login')
    await page.goto('/dashboard')
    await page.waitForURL('/login?next=%2Fdashboard')
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(['device'])
  })

  it('is seen by the other tabs, which leave by themselves', async () => {
    const { page, person } = await stage.openSignedIn()
    const dashboardTab = await page.context().newPage()
    const startTab = await page.context().newPage()
    await Promise.all([page.goto('/dashboard'), dashboardTab.goto('/dashboard'), startTab.goto('/')])
    await waitForDashboard(dashboardTab, person)
    await startTab.getByRole('link', { name: 'Go to dashboard' }).waitFor()

    await logOutButton(page).click()
    await Promise.all([page, dashboardTab, startTab].map((tab) => tab.waitForURL('/login')))
    expect(await dashboardTab.getByText(person.email).count()).toBe(0)
  })

  it('leaves nothing private behind the back button', async () => {
    const { page, person } = await stage.openSignedIn()
    await page.goto('/dashboard')
    await waitForDashboard(page, person)
    await logOutButton(page).click()
    await page.waitForURL('/login')
    await page.goBack()
    await page.waitForURL(/\/login/)
    await page.getByRole('heading', { name: 'Log in' }).waitFor()
    expect(await page.getByText(person.email).count()).toBe(0)
  })

  it('leaves nothing private in a page that the browser keeps in memory and brings back', async () => {
    const { page, person } = await stage.openSignedIn()
    await page.goto('/dashboard')
    await waitForDashboard(page, person)
    // Chromium does not keep pages that must not be stored; what browsers that do so would tell the page:
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
    expect(await page.getByText(person.email).isVisible()).toBe(false)
    await page.request.post('/api/auth/logout')
    await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))
    })
    await page.waitForURL('/login?next=%2Fdashboard')
    expect(await page.getByText(person.email).count()).toBe(0)
  })

  it('says so when it could not be done, and leaves one signed in', async () => {
    const { page, person } = await stage.openSignedIn()
    await page.goto('/dashboard')
    await waitForDashboard(page, person)
    await page.context().setOffline(true)
    await logOutButton(page).click()
    await page.getByRole('alert').getByText("We couldn't log you out.").waitFor()
    await page.context().setOffline(false)
    await page.reload()
    await waitForDashboard(page, person)
    await logOutButton(page).click()
    await page.waitForURL('/login')
  })

  it('says so when no answer comes', async () => {
    const { page, person } = await stage.openSignedIn()
    await loseAnswersSoon(page)
    await page.goto('/dashboard')
    await waitForDashboard(page, person)
    await page.route('**/api/auth/logout', () => {})
    await logOutButton(page).click()
    await page.getByRole('alert').getByText("We couldn't log you out.").waitFor()
    expect(await logOutButton(page).isEnabled()).toBe(true)
  })

  it('works when the access token has run out, too', async () => {
    const { page } = await stage.openSignedIn()
    await page.goto('/')
    await letAccessRunOut(page)
    await logOutButton(page).click()
    await page.waitForURL('/login')
    await page.goto('/dashboard')
    await page.waitForURL('/login?next=%2Fdashboard')
  })
})
