import type { APIRequestContext, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { logIn, openAccount, type Person } from './support/people.ts'
import { describeInBrowser, type Stage } from './support/stage.ts'

const FIREFOX = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const SAFARI =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'
const NEW_PASSWORD = 'several other lively words'

describeInBrowser('The account page', PROFILES.default, (stage) => {
  describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
    const openMember = async () => {
      const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
      const open = () => (javaScriptEnabled ? openAccount(page) : page.goto('/account'))
      await open()
      return { page, person, open }
    }

    it('changes the name', async () => {
      const { page, open } = await openMember()
      await page.getByLabel('Name').fill('Countess of Lovelace')
      await page.getByRole('button', { name: 'Save name' }).click()
      await inSection(page, 'Profile').getByRole('status').getByText('Your name was saved.').waitFor()
      await open()
      expect(await page.getByLabel('Name').inputValue()).toBe('Countess of Lovelace')
    })

    it('says what is wrong with a name, and keeps it', async () => {
      const { page } = await openMember()
      const name = 'a\u0007b' // a bell, which no browser refuses
      await page.getByLabel('Name').fill(name)
      await page.getByRole('button', { name: 'Save name' }).click()
      await page.locator('#name-error').getByText('Please check this.').waitFor()
      expect(await page.getByLabel('Name').inputValue()).toBe(name)
    })

    it('changes the password: other sessions end, this one goes on', async () => {
      const { page, person } = await openMember()
      const other = await signInElsewhere(stage, person)
      await changePassword(page, person.password)
      await page.getByRole('status').getByText('Your password was changed. Every other session has ended.').waitFor()
      expect(await page.getByLabel('Current password', { exact: true }).inputValue()).toBe('')
      expect(await isSignedIn(other)).toBe(false)
      expect(await isSignedIn(page.request)).toBe(true)
      await logIn(await stage.open(), { ...person, password: NEW_PASSWORD })
    })

    it('refuses a wrong current password, and a new one that is easy to guess', async () => {
      const { page, person } = await openMember()
      await changePassword(page, 'not the password')
      await inSection(page, 'Password').getByRole('alert').getByText("That isn't your password.").waitFor()
      await changePassword(page, person.password, 'password123')
      await page.locator('#newPassword-error').getByText('most common').waitFor()
      await logIn(await stage.open(), person)
    })

    it('shows every session by its device, and ends one', async () => {
      const { page, person, open } = await openMember()
      const firefox = await signInElsewhere(stage, person, FIREFOX)
      const safari = await signInElsewhere(stage, person, SAFARI)
      await open()
      const sessions = inSection(page, 'Sessions')
      expect(await sessions.getByRole('listitem').count()).toBe(3)
      await sessions.getByRole('listitem').first().getByText('This session').waitFor()
      await sessions.getByText('Safari on iPhone').waitFor()

      await sessions.getByRole('button', { name: 'Sign out Firefox on Windows' }).dblclick()
      await sessions.getByRole('status').getByText('That session has ended.').waitFor()
      expect(await isSignedIn(firefox)).toBe(false)
      expect(await isSignedIn(safari)).toBe(true)
      expect(await sessions.getByRole('listitem').count()).toBe(2)
    })

    it('ends all other sessions, and offers to only where there are any', async () => {
      const { page, person, open } = await openMember()
      const button = page.getByRole('button', { name: 'Sign out all others' })
      expect(await button.count()).toBe(0)
      const others = [await signInElsewhere(stage, person, FIREFOX), await signInElsewhere(stage, person, SAFARI)]
      await open()
      await button.click()
      await page.getByRole('status').getByText('Every other session has ended.').waitFor()
      for (const other of others) expect(await isSignedIn(other)).toBe(false)
      expect(await isSignedIn(page.request)).toBe(true)
      expect(await button.count()).toBe(0)
    })

    it('deletes the account once its password is typed', async () => {
      const { page, person } = await openMember()
      await deleteAccount(page, 'not the password')
      await inSection(page, 'Delete account').getByRole('alert').getByText("That isn't your password.").waitFor()
      await deleteAccount(page, person.password)
      await page.getByRole('status').getByText('Your account was deleted.').waitFor()
      expect((await page.context().cookies()).map(({ name }) => name)).not.toContainEqual(
        expect.stringMatching(/access|refresh/),
      )
      const answer = await page.request.post('/api/auth/login', { data: person })
      expect(answer.status()).toBe(401)
    })

    it.each([
      ['the name', (page: Page) => page.getByRole('button', { name: 'Save name' }).click()],
      ['the password', (page: Page) => changePassword(page, 'four unlikely lively words')],
      ['the account', (page: Page) => deleteAccount(page, 'four unlikely lively words')],
    ])('sends a form about %s that was left open until after log-out to the log-in and back', async (_, send) => {
      const { page } = await openMember()
      await page.context().clearCookies()
      await send(page)
      const link = page.getByRole('link', { name: 'Log in again' })
      await Promise.race([page.waitForURL('/login?next=%2Faccount'), link.click()])
      await page.waitForURL('/login?next=%2Faccount')
    })
  })

  it('tells what has happened, the ten newest at first', async () => {
    const { page, person } = await stage.openSignedIn()
    for (let attempt = 1; attempt <= 3; attempt++) {
      await page.request.post('/api/auth/login', { data: { ...person, password: 'not the password' } })
    }
    for (let visit = 1; visit <= 5; visit++) {
      await signInElsewhere(stage, person, SAFARI)
      await page.request.delete('/api/auth/sessions')
    }
    await openAccount(page)
    const activity = inSection(page, 'Security activity')
    await activity.getByText('Show 2 more').waitFor()
    expect(await activity.getByText('Signed in').count()).toBe(5)
    expect(await activity.getByText('Signed out everywhere else').count()).toBe(5)
    expect(await activity.getByText('Account created').isVisible()).toBe(false)
    await activity.getByText('Show 2 more').click()
    await activity.getByText('Wrong password, refused 3 times').waitFor()
    expect(await activity.getByText('Account created').isVisible()).toBe(true)
  })

  it('tells only once what a form has done', async () => {
    const { page } = await stage.openSignedIn()
    await openAccount(page, '?done=sessions#sessions')
    const notice = page.getByRole('status')
    await notice.getByText('Every other session has ended.').waitFor()
    await expect.poll(() => page.url()).toBe(`${stage.url}/account#sessions`)
    expect(await notice.evaluate((element) => element === document.activeElement)).toBe(true)
    await page.reload()
    await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    expect(await notice.count()).toBe(0)
  })

  it('tells the other tabs when the account is deleted', async () => {
    const { page, person } = await stage.openSignedIn()
    const otherTab = await page.context().newPage()
    await otherTab.goto('/')
    await otherTab.getByRole('link', { name: 'Go to dashboard' }).waitFor()
    await openAccount(page)
    await deleteAccount(page, person.password)
    await otherTab.waitForURL('/login')
  })

  it('keeps a name that could not be sent, and sends it once the network is back', async () => {
    const { page } = await stage.openSignedIn()
    stage.tolerate(/ERR_INTERNET_DISCONNECTED/)
    await openAccount(page)
    await page.getByLabel('Name').fill('Countess of Lovelace')
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Save name' }).click()
    await page.getByRole('alert').getByText("We couldn't reach the server.").waitFor()
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Save name' }).click()
    await page.getByRole('status').getByText('Your name was saved.').waitFor()
  })
})

function inSection(page: Page, name: string) {
  return page.getByRole('region', { name, exact: true })
}

async function changePassword(page: Page, current: string, next = NEW_PASSWORD): Promise<void> {
  await page.getByLabel('Current password', { exact: true }).fill(current)
  await page.getByLabel('New password', { exact: true }).fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
}

async function deleteAccount(page: Page, password: string): Promise<void> {
  await page.getByLabel('Your password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Delete my account' }).click()
}

/** A session on another device. */
async function signInElsewhere(stage: Stage, { email, password }: Person, userAgent = FIREFOX) {
  const { request } = (await stage.open({ userAgent })).context()
  const answer = await request.post('/api/auth/login', { data: { email, password } })
  expect(answer.status()).toBe(200)
  return request
}

/** As the store says. */
async function isSignedIn(request: APIRequestContext): Promise<boolean> {
  return (await request.get('/api/me')).status() === 200
}
