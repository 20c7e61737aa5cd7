import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { aPerson, openAccount, type Person, usernameOf } from './people.ts'
import type { Postbox } from './postbox.ts'
import type { Stage } from './stage.ts'

export const NEW_PASSWORD = 'several other lively words'

/** What people do by mail, from the beginning to the end. */
export function defineMailFlows(
  stage: Stage,
  post: Postbox,
  { javaScriptEnabled }: { javaScriptEnabled: boolean },
): void {
  it('confirms an address by the mail of the sign-up', async () => {
    const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
    await post.follow(page, person.email, 'Confirm your email address')
    await page.getByRole('button', { name: 'Confirm my address' }).click()
    await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
    await page.goto('/account')
    await page.getByRole('region', { name: 'Email' }).getByText('Confirmed', { exact: true }).waitFor()
  })

  it('keeps a page for who has a confirmed address, and leads there once a mail that was sent again is confirmed', async () => {
    const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
    await page.goto('/dashboard')
    await page.getByRole('link', { name: 'For members with a confirmed address' }).click()
    await page.waitForURL('/verify-email?next=%2Fdashboard%2Fmembers')
    await page.getByRole('button', { name: 'Send the mail again' }).click()
    await page.getByRole('status').getByText('We have mailed you a link.').waitFor()

    await post.follow(page, person.email, 'Confirm your email address')
    await page.getByRole('button', { name: 'Confirm my address' }).click()
    await page.getByRole('link', { name: 'Go on' }).click()
    await page.waitForURL('/dashboard')
    await page.goto('/dashboard/members')
    await page.getByText(`we know that ${person.email} is yours`).waitFor()
    await page.goto('/verify-email?next=%2Fdashboard%2Fmembers')
    await page.getByRole('heading', { name: 'Your address is confirmed' }).waitFor()
    await page.getByRole('link', { name: 'Go on' }).click()
    await page.waitForURL('/dashboard/members')
  })

  it('changes a forgotten password, ends every session, and leads to the log-in with the address filled in', async () => {
    const { page: old, person } = await stage.openSignedIn()
    const page = await stage.open({ javaScriptEnabled })
    await page.goto('/login')
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await ask(page, person.email, 'Email me a link')
    await page.getByRole('status').getByText('If that address has an account, we have mailed it a link.').waitFor()

    await post.follow(page, person.email, 'Choose a new password')
    await page.getByText(`For ${person.email}.`).waitFor()
    expect(await usernameOf(page, 'Change password')).toBe(person.email)
    await page.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('status').getByText('Your password was changed. Log in with the new one.').waitFor()
    expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    expect((await old.request.get('/api/me')).status()).toBe(401)
    await page.getByRole('textbox', { name: 'Password' }).fill(NEW_PASSWORD)
    await page.getByRole('button', { name: 'Log in' }).click()
    await arrive(page, person)
    expect(await post.read(page, person.email, 'Your password was changed')).toContain('/secure-account?token=')
  })

  it('logs in by a mailed link, in the browser that asked, and leads to where one wanted to go', async () => {
    const { page, person } = await openSignedOut(stage, javaScriptEnabled)
    await page.goto('/login?next=%2Faccount')
    await page.getByRole('link', { name: 'Email me a log-in link' }).click()
    await ask(page, person.email, 'Email me a log-in link')
    await page.getByRole('status').getByText('a link and a six-digit code').waitFor()

    await post.follow(page, person.email, 'Your login link')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL('/account')
    await page.getByRole('region', { name: 'Email' }).getByText(person.email).waitFor()
  })

  it('logs in by the code of the mail', async () => {
    const { page, person } = await openSignedOut(stage, javaScriptEnabled)
    const mailPage = await stage.open()
    await page.goto('/login/link')
    await ask(page, person.email, 'Email me a log-in link')
    await page.getByRole('status').getByText('a link and a six-digit code').waitFor()

    const [code = ''] = /\b\d{6}\b/.exec(await post.read(mailPage, person.email, 'Your login link')) ?? []
    await page.getByLabel('Six-digit code').fill(`${code.slice(0, 3)} ${code.slice(3)}`)
    await page.getByRole('button', { name: 'Log in' }).click()
    await arrive(page, person)
  })

  it('changes the address once the new one is proved, and lets the old one take that back', async () => {
    const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
    const { email: newEmail } = aPerson()
    await (javaScriptEnabled ? openAccount(page) : page.goto('/account'))
    expect(await usernameOf(page, 'Change address')).toBe(person.email)
    await page.getByLabel('New email address').fill(newEmail)
    await page.getByLabel('Confirm with your password', { exact: true }).fill(person.password)
    await page.getByRole('button', { name: 'Change address' }).click()
    await page.getByRole('status').getByText('We have mailed a link to the new address').waitFor()
    const section = page.getByRole('region', { name: 'Email' })
    expect(await section.getByText(person.email).isVisible()).toBe(true)

    await post.follow(page, newEmail, 'Confirm your new email address')
    await page.getByRole('button', { name: 'Confirm my address' }).click()
    await page.getByRole('status').getByText('Your address is confirmed.').waitFor()
    await page.goto('/account')
    await section.getByText(newEmail).waitFor()
    await section.getByText('You changed your address lately.').waitFor()
    expect(await page.getByLabel('New email address').count()).toBe(0)

    const owner = await stage.open({ javaScriptEnabled })
    await post.follow(owner, person.email, 'Your email address was changed')
    await secure(owner)
    expect((await page.request.get('/api/me')).status()).toBe(401)
    await post.follow(owner, person.email, 'Choose a new password to log in')
    await owner.getByLabel('New password', { exact: true }).fill(NEW_PASSWORD)
    await owner.getByRole('button', { name: 'Change password' }).click()
    await owner.getByRole('status').getByText('Your password was changed.').waitFor()
    expect(await owner.getByLabel('Email').inputValue()).toBe(person.email)
    await owner.getByRole('textbox', { name: 'Password' }).fill(NEW_PASSWORD)
    await owner.getByRole('button', { name: 'Log in' }).click()
    await arrive(owner, person)
  })

  it('ends every session when the owner says that a new log-in was not theirs', async () => {
    const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
    const stranger = await stage.open()
    const { email, password } = person
    expect((await stranger.request.post('/api/auth/login', { data: { email, password } })).status()).toBe(200)
    await post.follow(page, person.email, 'New login to your account')
    await secure(page)
    expect((await stranger.request.get('/api/me')).status()).toBe(401)
    expect((await stranger.request.post('/api/auth/login', { data: { email, password } })).status()).toBe(401)
    expect(await post.read(page, person.email, 'Choose a new password to log in')).toContain('/reset-password?token=')
  })
}

/** Sends the form that asks for an address. */
export async function ask(page: Page, email: string, button: string): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: button }).click()
}

/** Somebody who has an account and, in this browser, no session. */
export async function openSignedOut(stage: Stage, javaScriptEnabled: boolean): Promise<{ page: Page; person: Person }> {
  const { page, person } = await stage.openSignedIn({ javaScriptEnabled })
  expect((await page.request.post('/api/auth/logout')).status()).toBe(204)
  return { page, person }
}

async function arrive(page: Page, { email }: Person): Promise<void> {
  await page.waitForURL('/dashboard')
  expect(await (await page.request.get('/api/me')).json()).toMatchObject({ email })
}

async function secure(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Was this not you?' }).waitFor()
  await page.getByRole('button', { name: 'Secure my account' }).click()
  await page.getByRole('status').getByText('Every session has ended, and the old password is gone.').waitFor()
}
