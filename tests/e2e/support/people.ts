import type { Page } from 'playwright-core'

export interface Person {
  name: string
  email: string
  password: string
}

/** Somebody who has no account yet. */
export function aPerson(): Person {
  return {
    name: 'Ada Lovelace',
    email: `ada-${crypto.randomUUID()}@example.com`,
    password: 'four unlikely lively words',
  }
}

/** Opens a page with a form and waits until scripts have taken it over. */
export async function openForm(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.getByRole('button', { name: 'Show password' }).waitFor()
}

/** Opens the account's page and waits until scripts have taken its forms over. */
export async function openAccount(page: Page, query = ''): Promise<void> {
  await page.goto(`/account${query}`)
  await page.getByRole('button', { name: 'Show new password' }).waitFor()
}

/** Fills in what the form of the page asks for. */
export async function fillIn(page: Page, { name, email, password }: Partial<Person>): Promise<void> {
  if (name !== undefined && (await page.getByLabel('Name').count())) await page.getByLabel('Name').fill(name)
  if (email !== undefined) await page.getByLabel('Email').fill(email)
  if (password !== undefined) await page.getByRole('textbox', { name: 'Password' }).fill(password)
}

export async function submit(page: Page): Promise<void> {
  await submitButton(page).click()
}

/** The button of the form, whatever it says just now. */
export function submitButton(page: Page) {
  return page.locator('main button[type=submit]')
}

export async function signUp(page: Page, person: Person, { remember = false } = {}): Promise<void> {
  await openForm(page, '/signup')
  await fillIn(page, person)
  if (remember) await page.getByLabel('Keep me signed in').check()
  await submit(page)
  await waitForDashboard(page, person)
}

export async function logIn(page: Page, person: Person, { remember = false } = {}): Promise<void> {
  await openForm(page, '/login')
  await fillIn(page, person)
  if (remember) await page.getByLabel('Keep me signed in').check()
  await submit(page)
  await waitForDashboard(page, person)
}

/** Whose password a password manager takes the form with this button to be about. */
export async function usernameOf(page: Page, button: string): Promise<string> {
  const form = page.locator('form').filter({ has: page.getByRole('button', { name: button }) })
  return form.locator('[autocomplete=username]').inputValue()
}

/** Waits until the page shows who is signed in: this person. */
export async function waitForDashboard(page: Page, person: Person): Promise<void> {
  await page.waitForURL(/\/dashboard(\?|$)/)
  await page.getByText(person.email).waitFor()
}

export function logOutButton(page: Page) {
  return page.getByRole('navigation').getByRole('button', { name: 'Log out' })
}

/** What the browser itself does with a cookie whose `Max-Age` has passed. */
export async function letAccessRunOut(page: Page): Promise<void> {
  await page.context().clearCookies({ name: 'access' })
}

/** Lets the page wait six seconds, not half a minute, for an answer. */
export async function loseAnswersSoon(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 5)
  })
}

/** How often the page posts to `path` from now on. */
export function countPosts(page: Page, path: string): () => number {
  let count = 0
  page.on('request', (request) => {
    if (request.method() === 'POST' && new URL(request.url()).pathname === path) count++
  })
  return () => count
}
