import type { Page, Request, Route } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { PATIENCE } from './support/browser.ts'
import { ask, NEW_PASSWORD, openSignedOut } from './support/mail-flows.suite.ts'
import { aPerson, countPosts, logIn, openAccount, waitForDashboard } from './support/people.ts'
import { describeWithMail } from './support/postbox.ts'
import type { Stage } from './support/stage.ts'

describeWithMail(
  'What can go wrong by mail',
  {},
  (stage, post, recorder) => {
    afterEach(() => recorder().respondWith('take'))

    describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
      it('a link works once, and says so the second time, with a way to another', async () => {
        const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
        for (const attempt of [1, 2]) {
          await post.follow(page, person.email, 'Confirm your email address')
          await page.getByRole('button', { name: 'Confirm my address' }).click()
          if (attempt === 1) await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
        }
        await alertOf(page).getByText('That link was used already, or its time is over.').waitFor()
        expect(await page.getByRole('button', { name: 'Confirm my address' }).count()).toBe(0)
        await page.getByRole('link', { name: 'Ask for a new link' }).click()
        await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
      })

      it('a link that is opened does nothing until its button is clicked', async () => {
        const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
        for (let scan = 1; scan <= 3; scan++) await post.follow(page, person.email, 'Confirm your email address')
        await page.goto('/dashboard/members')
        await page.waitForURL('/verify-email?next=%2Fdashboard%2Fmembers')
        await post.follow(page, person.email, 'Confirm your email address')
        await page.getByRole('button', { name: 'Confirm my address' }).click()
        await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
      })

      it('a refused password is told beside its field, and the link still works', async () => {
        const { page, person } = await openSignedOut(stage, javaScriptEnabled)
        await page.goto('/forgot-password')
        await ask(page, person.email, 'Email me a link')
        await page.getByRole('status').waitFor()
        await post.follow(page, person.email, 'Choose a new password')
        await choosePassword(page, 'password123')
        await page.locator('#password-error').getByText('most common').waitFor()
        await choosePassword(page, NEW_PASSWORD)
        await page.getByRole('status').getByText('Your password was changed.').waitFor()

        await post.follow(page, person.email, 'Choose a new password')
        await choosePassword(page, 'four yet other lively words')
        await alertOf(page).getByText('That link was used already').waitFor()
        await page.getByRole('link', { name: 'Ask for a new link' }).click()
        await page.waitForURL('/forgot-password')
      })

      it('a log-in link does not work in another browser, and still does in the one that asked', async () => {
        const { page, person } = await openSignedOut(stage, javaScriptEnabled)
        await page.goto('/login/link?next=%2Faccount')
        await ask(page, person.email, 'Email me a log-in link')
        await page.getByRole('status').waitFor()
        const other = await stage.open({ javaScriptEnabled })
        await post.follow(other, person.email, 'Your login link')
        await other.getByRole('button', { name: 'Log in' }).click()
        await alertOf(other).getByText('That link was used already').waitFor()
        await other.getByText('open it in the browser where you asked for it, or type the code there').waitFor()
        expect((await other.request.get('/api/me')).status()).toBe(401)

        await post.follow(page, person.email, 'Your login link')
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.waitForURL('/account')
      })

      it('a wrong code is told, and the right one works after it', async () => {
        const { page, person } = await openSignedOut(stage, javaScriptEnabled)
        await page.goto('/login/link?next=%2Faccount')
        await ask(page, person.email, 'Email me a log-in link')
        await page.getByRole('status').waitFor()
        const [code = ''] = /\b\d{6}\b/.exec(await post.read(page, person.email, 'Your login link')) ?? []
        const wrong = code.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10))
        await page.getByLabel('Six-digit code').fill(wrong)
        await page.getByRole('button', { name: 'Log in' }).click()
        await alertOf(page).getByText("That code doesn't work.").waitFor()
        await page.getByLabel('Six-digit code').fill(code)
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.waitForURL('/account')
      })

      it('the form for the code stays while the code works: on a reload, and when another mail is refused', async () => {
        const { page, person } = await openSignedOut(stage, javaScriptEnabled)
        await page.goto('/login/link')
        await ask(page, person.email, 'Email me a log-in link')
        await page.getByRole('status').waitFor()
        const [code = ''] = /\b\d{6}\b/.exec(await post.read(page, person.email, 'Your login link')) ?? []
        await page.goto('/login/link')
        await page.getByLabel('Six-digit code').waitFor()
        expect(await page.getByRole('status').count()).toBe(0)

        for (let mail = 1; mail <= 2; mail++) await askElsewhere(stage, person.email)
        await ask(page, person.email, 'Send again')
        await alertOf(page).getByText('Too many attempts.').waitFor()
        await page.getByLabel('Six-digit code').fill(code)
        await page.getByRole('button', { name: 'Log in' }).click()
        await page.waitForURL('/dashboard')
      })

      it('an address without an account reads the same, and gets no mail', async () => {
        const page = await stage.open({ javaScriptEnabled })
        const { email } = aPerson()
        await page.goto('/forgot-password')
        await ask(page, email, 'Email me a link')
        await page.getByRole('status').getByText('If that address has an account, we have mailed it a link.').waitFor()
        await page.goto('/login/link')
        await ask(page, email, 'Email me a log-in link')
        await page.getByRole('status').getByText('If that address has an account, we have mailed it').waitFor()
        const { person } = await stage.openSignedIn()
        await post.read(page, person.email, 'Confirm your email address') // what was asked for later is there
        expect(recorder().mails.filter(({ to }) => to === email)).toEqual([])
      })

      it('the fourth mail to an address within an hour has to wait', async () => {
        const page = await stage.open({ javaScriptEnabled })
        const { email } = aPerson()
        for (let mail = 1; mail <= 3; mail++) {
          await page.goto('/forgot-password')
          await ask(page, email, 'Email me a link')
          await page.getByRole('status').waitFor()
        }
        await page.goto('/forgot-password')
        await ask(page, email, 'Email me a link')
        await alertOf(page).getByText('Too many attempts.').waitFor()
        expect(await page.getByLabel('Email').inputValue()).toBe(email)
      })

      it('a wrong password keeps the address as it is, and what was typed', async () => {
        const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
        const { email } = aPerson()
        await (javaScriptEnabled ? openAccount(page) : page.goto('/account'))
        await page.getByLabel('New email address').fill(email)
        await page.getByLabel('Confirm with your password', { exact: true }).fill('not the password')
        await page.getByRole('button', { name: 'Change address' }).click()
        const section = page.getByRole('region', { name: 'Email' })
        await section.getByRole('alert').getByText("That isn't your password.").waitFor()
        expect(await page.getByLabel('New email address').inputValue()).toBe(email)
        expect(await section.getByText(person.email).isVisible()).toBe(true)
      })

      it('an address that was taken meanwhile leads to its log-in, and to nothing that says it is confirmed', async () => {
        const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
        const rival = aPerson()
        const change = { email: rival.email, password: person.password }
        expect((await page.request.post('/api/auth/email/change', { data: change })).status()).toBe(202)
        await post.read(page, rival.email, 'Confirm your new email address')
        expect((await (await stage.open()).request.post('/api/auth/signup', { data: rival })).status()).toBe(201)
        await post.follow(page, rival.email, 'Confirm your new email address')
        await page.getByRole('button', { name: 'Confirm my address' }).click()
        await alertOf(page).getByText('There is already an account with that email.').waitFor()
        expect(await alertOf(page).getByRole('link', { name: 'Log in instead' }).getAttribute('href')).toBe('/login')
      })

      it('a provider that is down is told, and the mail can be asked for again', async () => {
        const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
        await post.read(page, person.email, 'Confirm your email address')
        await page.goto('/account')
        recorder().respondWith({ status: 500 })
        await page.getByRole('button', { name: 'Send the confirmation again' }).click()
        await alertOf(page).getByText("We can't send mail right now. Nothing was changed").waitFor()
        expect(await alertOf(page).count()).toBe(1)
        expect(await page.locator('form').getByRole('alert').count()).toBe(0)
        recorder().respondWith('take')
        await page.getByRole('button', { name: 'Send the confirmation again' }).click()
        await page.getByRole('status').getByText('We have mailed you a link.').waitFor()
        expect(recorder().mails.filter(({ to }) => to === person.email)).toHaveLength(2)
      })

      it('a confirmation that was asked for too often says how long to wait, and leaves the other forms alone', async () => {
        const { page } = await stage.openSignedIn({ javaScriptEnabled })
        for (let mail = 1; mail <= 3; mail++) {
          expect((await page.request.post('/api/auth/email/verify/send')).status()).toBe(202)
        }
        await page.goto('/account')
        await page.getByRole('button', { name: 'Send the confirmation again' }).click()
        const alert = page.getByRole('region', { name: 'Email' }).getByRole('alert')
        await alert.getByText('Too many attempts. Try again in').waitFor()
        expect(await alert.getByRole('timer').textContent()).toMatch(/^(1:0)?\d{1,2}:\d\d$/)
        expect(await alertOf(page).count()).toBe(1)
        expect(await page.locator('form').getByRole('alert').count()).toBe(0)
        expect(await page.getByRole('button', { name: 'Change address' }).isEnabled()).toBe(true)
      })

      it.each([
        ['/reset-password', 'Ask for a new link', '/forgot-password'],
        ['/signup/finish', 'Ask for a new link', '/signup'],
        ['/login/confirm', 'Ask for a new link', '/login/link'],
        ['/secure-account', 'Choose a new password', '/forgot-password'],
        ['/verify-email', 'Log in', '/login?next=%2Fverify-email'],
      ])('an incomplete link to %s says so, and where to get another', async (path, name, leadsTo) => {
        const page = await stage.open({ javaScriptEnabled })
        await page.goto(path)
        await page.locator('main').getByRole('link', { name }).click()
        await page.waitForURL(leadsTo)
      })
    })

    it.each<[string, (route: Route) => Promise<void>, string]>([
      [
        'the database cannot be reached',
        (route) => fulfill(route, 503, 'store_unavailable'),
        "We can't reach our database",
      ],
      ['too many were asked for', (route) => fulfill(route, 429, 'rate_limited'), 'Too many attempts.'],
      ['the network is lost', (route) => route.abort(), "We couldn't reach the server."],
    ])('a code that is being typed stays when another mail is refused: %s', async (_, refuse, reason) => {
      const page = await stage.open()
      const { email } = aPerson()
      await page.goto('/login/link')
      await page.locator('form[novalidate]').waitFor()
      await ask(page, email, 'Email me a log-in link')
      await page.getByRole('status').waitFor()
      await page.getByLabel('Six-digit code').fill('123')
      await page.route('**/api/auth/login/link', refuse)
      await expect.poll(() => sendAgain(page), { timeout: PATIENCE }).toContain(reason)
      expect(await page.getByLabel('Six-digit code').inputValue()).toBe('123')
      expect(await page.getByRole('status').count()).toBe(0)
    })

    it('a wait for one address is over once another is typed', async () => {
      const page = await stage.open()
      const { email } = aPerson()
      for (let mail = 1; mail <= 2; mail++) await askElsewhere(stage, email, '/api/auth/password/forgot')
      await page.goto('/forgot-password')
      await page.locator('form[novalidate]').waitFor()
      await ask(page, email, 'Email me a link')
      await page.getByRole('status').waitFor()
      await expect.poll(() => sendAgain(page), { timeout: PATIENCE }).toContain('Too many attempts.')
      expect(await page.getByRole('button', { name: 'Send again' }).isDisabled()).toBe(true)

      await page.getByLabel('Email').fill(aPerson().email)
      expect(await page.locator('main').getByRole('alert').count()).toBe(0)
      expect(await page.getByRole('status').count()).toBe(0)
      expect(await page.getByLabel('Email').evaluate((input) => input === document.activeElement)).toBe(true)
      await page.getByRole('button', { name: 'Send again' }).click()
      await page.getByRole('status').getByText('If that address has an account').waitFor()
    })

    it('a token leaves the address once scripts run, and no request tells it but the one that uses it', async () => {
      const { page, person } = await stage.openSignedIn()
      const requests: Request[] = []
      page.on('request', (request) => requests.push(request))
      await post.follow(page, person.email, 'Confirm your email address')
      await expect.poll(() => page.url()).toBe(`${stage.url}/verify-email`)
      await page.getByRole('button', { name: 'Confirm my address' }).click()
      await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
      const headers = await Promise.all(requests.map((request) => request.allHeaders()))
      expect(headers.length).toBeGreaterThan(3)
      expect(headers.filter(({ referer }) => referer?.includes('token='))).toEqual([])
    })

    it('a link that is open stays when somebody logs in, or is signed out, in another tab', async () => {
      const { page, person } = await openSignedOut(stage, true)
      const openLink = async () => {
        await post.follow(page, person.email, 'Confirm your email address')
        await expect.poll(() => page.url(), { timeout: PATIENCE }).toBe(`${stage.url}/verify-email`)
      }
      const tab = await page.context().newPage()
      await openLink()
      await logIn(tab, person)
      await page.getByRole('button', { name: 'Confirm my address' }).click({ trial: true })

      await openLink()
      await tab.getByRole('button', { name: 'Log out' }).click()
      await tab.waitForURL('/login')
      await logIn(tab, person)
      expect((await tab.request.post('/api/auth/logout')).status()).toBe(204)
      await tab.evaluate(() => new BroadcastChannel('gatehouse').postMessage({ kind: 'ended' }))
      await tab.waitForURL('/login?next=%2Fdashboard') // it has heard of it, too
      await page.getByRole('button', { name: 'Confirm my address' }).click()
      await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
    })

    it('a reset in one tab signs the others out', async () => {
      const { page, person } = await stage.openSignedIn()
      await page.goto('/dashboard')
      await waitForDashboard(page, person)
      const tab = await page.context().newPage()
      const asked = await tab.request.post('/api/auth/password/forgot', { data: { email: person.email } })
      expect(asked.status()).toBe(202)
      await post.follow(tab, person.email, 'Choose a new password')
      await choosePassword(tab, NEW_PASSWORD)
      await tab.waitForURL('/login')
      await page.waitForURL('/login?next=%2Fdashboard')
    })

    it('one mail is sent on a double click, and another when one asks again', async () => {
      const { page, person } = await openSignedOut(stage, true)
      await page.goto('/forgot-password')
      await page.locator('form[novalidate]').waitFor()
      const posts = countPosts(page, '/api/auth/password/forgot')
      await page.getByLabel('Email').fill(person.email)
      await page.getByRole('button', { name: 'Email me a link' }).dblclick()
      await page.getByRole('status').waitFor()
      expect(posts()).toBe(1)
      expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
      const sendAgain = async () => {
        await page.getByRole('button', { name: 'Send again' }).click()
        return posts()
      }
      await expect.poll(sendAgain, { timeout: PATIENCE }).toBe(2)
    })
  },
  ['next start with Redis'],
) // mail-pages.test.ts looks at the other host

/** Not Next's announcer of routes, which is an alert too. */
function alertOf(page: Page) {
  return page.locator('main').getByRole('alert')
}

/** As somebody with another network address does. */
async function askElsewhere(stage: Stage, email: string, path = '/api/auth/login/link'): Promise<void> {
  const { request } = await stage.open()
  expect((await request.post(path, { data: { email } })).status()).toBe(202)
}

/** @returns what is said to be wrong then */
async function sendAgain(page: Page): Promise<string> {
  const button = page.getByRole('button', { name: 'Send again' })
  if (await button.isEnabled()) await button.click()
  return (await page.locator('main').getByRole('alert').allTextContents()).join()
}

function fulfill(route: Route, status: number, code: string): Promise<void> {
  return route.fulfill({ status, json: { code } })
}

async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Change password' }).click()
}
