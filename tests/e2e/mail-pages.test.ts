import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { PROFILES } from '../support/instances.ts'
import { violations } from './support/accessibility.ts'
import { aPerson, openAccount } from './support/people.ts'
import { describeWithMail } from './support/postbox.ts'
import { describeInBrowser } from './support/stage.ts'

const PHONE = { width: 375, height: 720 }
const TOKEN = 'x'.repeat(43)

interface Scene {
  name: string
  isSignedIn?: boolean
  show(page: Page): Promise<unknown>
}

/** Every page of a mailed link, and what leads to one. */
const SCENES: Scene[] = [
  { name: 'the login page', show: (page) => openForm(page, '/login') },
  { name: 'the login page after a reset', show: (page) => openForm(page, '/login?done=reset') },
  { name: 'the forgotten password', show: (page) => openForm(page, '/forgot-password') },
  { name: 'the forgotten password, asked for', show: (page) => openForm(page, '/forgot-password?done=forgot') },
  {
    name: 'the forgotten password with an error',
    show: (page) => openForm(page, '/forgot-password?error=invalid_fields&email=email_invalid'),
  },
  {
    name: 'the forgotten password after too many attempts',
    show: (page) => openForm(page, '/forgot-password?error=rate_limited&retry=300'),
  },
  { name: 'the reset', show: (page) => openForm(page, `/reset-password?token=${TOKEN}`) },
  {
    name: 'the reset with an error',
    show: (page) => openForm(page, `/reset-password?token=${TOKEN}&error=invalid_fields&password=password_common`),
  },
  { name: 'the reset by a dead link', show: (page) => openForm(page, '/reset-password?error=invalid_link') },
  { name: 'the reset without a token', show: (page) => page.goto('/reset-password') },
  { name: 'the log-in by mail', show: (page) => openForm(page, '/login/link') },
  { name: 'the log-in by mail, asked for', show: (page) => openForm(page, '/login/link?done=link') },
  {
    name: 'the log-in by mail after a wrong code',
    show: (page) => openForm(page, '/login/link?error=invalid_code&form=code#code'),
  },
  { name: 'the log-in link', show: (page) => openForm(page, `/login/confirm?token=${TOKEN}`) },
  { name: 'the log-in link that is dead', show: (page) => openForm(page, '/login/confirm?error=invalid_link') },
  { name: 'the confirmation', show: (page) => openForm(page, `/verify-email?token=${TOKEN}`) },
  { name: 'the confirmation, done', show: (page) => page.goto('/verify-email?done=verified') },
  { name: 'the confirmation for a guest', show: (page) => page.goto('/verify-email') },
  { name: 'the confirmation for a member', isSignedIn: true, show: (page) => page.goto('/verify-email') },
  { name: 'the end of a sign-up', show: (page) => openForm(page, `/signup/finish?token=${TOKEN}`) },
  { name: 'the rescue', show: (page) => openForm(page, `/secure-account?token=${TOKEN}`) },
  { name: 'the rescue by a dead link', show: (page) => openForm(page, '/secure-account?error=invalid_link') },
  { name: 'the rescue, done', show: (page) => page.goto('/secure-account?done=secured') },
  { name: 'the account', isSignedIn: true, show: (page) => openAccount(page) },
  {
    name: 'the account after a mail',
    isSignedIn: true,
    show: (page) => openAccount(page, '?done=verification#email'),
  },
  {
    name: 'the account after too many mails',
    isSignedIn: true,
    show: (page) => openAccount(page, '?error=rate_limited&retry=300&form=verification#verification'),
  },
  {
    name: 'the account with a refused address',
    isSignedIn: true,
    show: (page) => openAccount(page, '?error=invalid_fields&form=email&email=email_invalid#email'),
  },
]

describeWithMail(
  'Every page of mailed links',
  {},
  (stage, post) => {
    it.each(SCENES)(
      'can be used by everyone, light and dark, and fits a phone: $name',
      async ({ isSignedIn, show }) => {
        const page = isSignedIn ? (await stage.openSignedIn()).page : await stage.open()
        await show(page)
        expect(await violations(page)).toEqual([])
        await page.setViewportSize(PHONE)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
      },
    )

    it('fits a phone with the longest of addresses: for members, and behind a link', async () => {
      const email = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.example.com`
      const page = await stage.open({ viewport: PHONE })
      const person = { ...aPerson(), email: email.replace(/^.{36}/, crypto.randomUUID()) }
      expect((await page.request.post('/api/auth/signup', { data: person })).status()).toBe(201)
      await post.follow(page, person.email, 'Confirm your email address')
      await page.getByRole('button', { name: 'Confirm my address' }).click()
      await page.getByRole('status').waitFor()
      expect((await page.request.post('/api/auth/password/forgot', { data: person })).status()).toBe(202)
      for (const show of [
        () => page.goto('/dashboard/members'),
        () => post.follow(page, person.email, 'Choose a new password'),
      ]) {
        await show()
        await page.getByText(person.email).waitFor()
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
      }
    })
  },
  ['workerd with Durable Objects'],
) // mail-refusals.test.ts looks at the other host

describeInBrowser('A site that cannot send mail', PROFILES.default, (stage) => {
  it.each(['/forgot-password', '/login/link'])('says so at %s', async (path) => {
    const page = await stage.open()
    await page.goto(path)
    await page.getByText('This site cannot send mail yet.').waitFor()
    expect(await page.getByLabel('Email').count()).toBe(0)
    expect(await violations(page)).toEqual([])
  })

  it('offers nothing that needs mail', async () => {
    const guest = await stage.open()
    await guest.goto('/login')
    expect(await guest.getByRole('link', { name: /Forgot your password|log-in link/ }).count()).toBe(0)
    const { page } = await stage.openSignedIn()
    await openAccount(page)
    await page.getByRole('region', { name: 'Email' }).getByText('This site cannot send mail yet.').waitFor()
    expect(await page.getByLabel('New email address').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Send the confirmation again' }).count()).toBe(0)
  })
})

/** Opens a page with a form and waits until scripts have taken it over. */
async function openForm(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.locator('form[novalidate]').first().waitFor()
}
