import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { startRedis } from '../../scripts/redis-server.mjs'
import { Client } from '../support/client.ts'
import { type Instance, makeDataFolder, PROFILES, startInstance, TARGETS, type Target } from '../support/instances.ts'
import { violations } from './support/accessibility.ts'
import { PATIENCE } from './support/browser.ts'
import { aPerson, fillIn, openForm, type Person, submit } from './support/people.ts'
import { type Stage, useStage } from './support/stage.ts'

const PHONE = { width: 375, height: 720 }

const SETTINGS = {
  ...PROFILES.default,
  AUTH_ROLES: 'editor',
  /** Each test logs the same admin in. */
  AUTH_LIMIT_LOGIN_ACCOUNT: '100/1h',
}

describe.each(TARGETS)('Administration, on %s', (target) => {
  const data = makeDataFolder()
  const admin = aPerson()
  let instance: Instance
  const stage = useStage(async () => {
    instance = await startWithAdmin(target, admin, { data })
    return instance.url
  })
  afterAll(async () => {
    await instance?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('finds an account by its email, its domain, its name and its user id', async () => {
    const domain = `${crypto.randomUUID()}.example.com`
    const person = { ...aPerson(), name: `Zoë Ångström${Date.now()}`, email: `zoe@${domain}` }
    const { id } = await signUp(stage, person)
    const page = await openAsAdmin(stage, admin)
    for (const query of [person.email.slice(0, 20), `@${domain}`, person.name.toUpperCase(), id]) {
      await find(page, query, 1)
      expect(await accounts(page).allTextContents()).toEqual([person.email])
      expect(await searchBox(page).inputValue()).toBe(query)
    }
    await accounts(page).click()
    await page.waitForURL(`/admin/users/${id}`)
    await page.getByRole('heading', { name: person.email }).waitFor()
  })

  it('pages through what was found, and leads back to the first page', async () => {
    const domain = `${crypto.randomUUID()}.example.com`
    const people = Array.from({ length: 22 }, (_, index) => ({ ...aPerson(), email: `${100 + index}@${domain}` }))
    for (const person of people) await signUp(stage, person)
    const page = await openAsAdmin(stage, admin)
    await find(page, `@${domain}`, 20)
    const firstPage = await accounts(page).allTextContents()
    await page.getByRole('link', { name: 'Next page' }).click()
    await page.waitForURL(/cursor=/)
    const secondPage = await accounts(page).allTextContents()
    expect([...firstPage, ...secondPage].sort()).toEqual(people.map(({ email }) => email))
    expect(await page.getByRole('link', { name: 'Next page' }).count()).toBe(0)
    await page.getByRole('link', { name: 'First page' }).click()
    await page.waitForURL((url) => !url.searchParams.has('cursor'))
    expect(await accounts(page).allTextContents()).toEqual(firstPage)
  })

  it('gives a role and takes it away, without JavaScript, and the account has it at once', async () => {
    const { page: member, person } = await stage.openSignedIn()
    const page = await openAsAdmin(stage, admin, { javaScriptEnabled: false })
    await page.goto(`/admin/users/${await idOf(member)}`)
    await page.getByRole('heading', { name: person.email }).waitFor()

    await page.getByLabel('editor').check()
    await page.getByLabel('user').uncheck()
    await page.getByRole('button', { name: 'Save roles' }).click()
    await page.getByRole('status').getByText('Saved').waitFor()
    expect(await page.getByRole('list', { name: 'Access' }).getByRole('listitem').allTextContents()).toEqual(['editor'])
    expect(await (await member.request.get('/api/me')).json()).toMatchObject({ roles: ['editor'] })

    await page.getByLabel('editor').uncheck()
    await page.getByRole('button', { name: 'Save roles' }).click()
    await page.getByText('No roles').waitFor()
    expect(await (await member.request.get('/api/me')).json()).toMatchObject({ roles: [] })
  })

  it('disables an account, which ends its sessions, and enables it again, without JavaScript', async () => {
    const { page: member, person } = await stage.openSignedIn()
    const page = await openAsAdmin(stage, admin, { javaScriptEnabled: false })
    await page.goto(`/admin/users/${await idOf(member)}`)
    await page.getByText('signed in just now').waitFor()

    await page.getByRole('button', { name: 'Disable account' }).click()
    await page.getByRole('status').getByText('Saved').waitFor()
    await page.getByText('Not signed in anywhere.').waitFor()
    expect((await member.request.get('/api/me')).status()).toBe(401)
    expect((await member.request.post('/api/auth/login', { data: person })).status()).toBe(401)

    await page.getByRole('button', { name: 'Enable account' }).click()
    await page.getByRole('button', { name: 'Disable account' }).waitFor()
    expect((await member.request.post('/api/auth/login', { data: person })).status()).toBe(200)
  })

  it('offers no admin to lock themselves out', async () => {
    const page = await openAsAdmin(stage, admin)
    await page.goto(`/admin/users/${await idOf(page)}`)
    expect(await page.getByLabel('admin').isChecked()).toBe(true)
    expect(await page.getByLabel('admin').isDisabled()).toBe(true)
    expect(await page.getByRole('button', { name: 'Disable account' }).count()).toBe(0)
    await page.getByLabel('editor').check()
    await page.getByRole('button', { name: 'Save roles' }).click()
    await page.getByRole('status').getByText('Saved').waitFor()
    expect(await page.getByLabel('admin').isChecked()).toBe(true)
  })

  it('is for admins: a guest is led to the login and back, anyone else is told so with status 403', async () => {
    stage.tolerate(/status of 403 .*\/admin/)
    const { person } = await stage.openSignedIn()
    const page = await stage.open()
    await openForm(page, '/admin?query=ada')
    await page.waitForURL('/login?next=%2Fadmin%3Fquery%3Dada')
    await fillIn(page, person)
    await submit(page)
    await page.waitForURL('/admin?query=ada')
    await page.getByRole('heading', { name: 'This page is for admins' }).waitFor()
    expect((await page.reload())?.status()).toBe(403)
    expect((await page.goto(`/admin/users/${'A'.repeat(22)}`))?.status()).toBe(403)
  })

  it('says what is not there: an account, a page of the list, a match', async () => {
    stage.tolerate(/status of 404 .*\/admin\/users/)
    const page = await openAsAdmin(stage, admin)
    for (const id of ['A'.repeat(22), 'nobody']) {
      expect((await page.goto(`/admin/users/${id}`))?.status()).toBe(404)
      await page.getByRole('heading', { name: 'There is no page here' }).waitFor()
    }
    await page.goto(`/admin?query=${crypto.randomUUID()}`)
    await page.getByText('No account matches').waitFor()
    await page.goto('/admin?cursor=nonsense')
    await page.getByRole('alert').getByText("can't be found").waitFor()
    await page.getByRole('alert').getByRole('link', { name: 'First page' }).click()
    await page.waitForURL('/admin')
    await accounts(page).first().waitFor()
  })

  it('leads a form that was sent after log-out to the login and back', async () => {
    const page = await openAsAdmin(stage, admin, { javaScriptEnabled: false })
    const path = `/admin/users/${await idOf(page)}`
    await page.goto(path)
    await page.request.post('/api/auth/logout')
    await page.getByRole('button', { name: 'Save roles' }).click()
    await page.waitForURL(`/login?next=${encodeURIComponent(path)}`)
    await fillIn(page, admin)
    await submit(page)
    await page.waitForURL(path)
  })

  it.each([
    { name: 'the list', path: '/admin' },
    { name: 'a search without a match', path: '/admin?query=nobody%20has%20this%20name' },
    { name: 'a link that was cut off', path: '/admin?cursor=nonsense' },
    { name: 'an account', path: null },
    { name: 'what others see', path: '/admin', isOther: true },
  ])('can be used by everyone, light and dark, and fits a phone: $name', async ({ path, isOther }) => {
    if (isOther) stage.tolerate(/status of 403 .*\/admin/)
    const page = isOther ? (await stage.openSignedIn()).page : await openAsAdmin(stage, admin)
    await page.goto(path ?? `/admin/users/${await idOf(page)}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    expect(await violations(page)).toEqual([])
    await page.setViewportSize(PHONE)
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width)
  })
})

describe('Administration without its store', () => {
  const data = makeDataFolder()
  const token = crypto.randomUUID()
  const admin = aPerson()
  let redis: Awaited<ReturnType<typeof startRedis>>
  let gateway: Awaited<ReturnType<typeof startGateway>>
  let instance: Instance
  const stage = useStage(async () => {
    redis = await startRedis({ dir: join(data, 'redis') })
    gateway = await startGateway({ redisPort: redis.port, port: 0, token })
    instance = await startWithAdmin('next start with Redis', admin, { data, redis: { url: gateway.url, token } })
    return instance.url
  })
  afterAll(async () => {
    await instance?.stop()
    await gateway?.close()
    await redis?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('says so, shows nothing, and can be tried again', async () => {
    const page = await openAsAdmin(stage, admin)
    const paths = ['/admin', `/admin/users/${await idOf(page)}`]
    await gateway.close()
    try {
      for (const path of paths) {
        await page.goto(path)
        await page.getByRole('alert').getByText("We can't reach our database right now.").waitFor()
        expect(await page.getByText(admin.email).count()).toBe(0)
      }
    } finally {
      gateway = await startGateway({ redisPort: redis.port, port: Number(new URL(gateway.url).port), token })
    }
    await page.getByRole('link', { name: 'Try again' }).click()
    await page.getByRole('heading', { name: admin.email }).waitFor()
  })
})

/** An instance whose settings name `admin`, who has an account there, an admin. */
async function startWithAdmin(
  target: Target,
  admin: Person,
  options: { data: string; redis?: { url: string; token: string } },
): Promise<Instance> {
  const before = await startInstance(target, { ...options, settings: SETTINGS })
  const signedUp = await new Client(before.url).post('/api/auth/signup', admin)
  await before.stop()
  return startInstance(target, { ...options, settings: { ...SETTINGS, AUTH_ADMIN_IDS: signedUp.json.user.id } })
}

async function openAsAdmin(stage: Stage, admin: Person, options?: Parameters<Stage['open']>[0]): Promise<Page> {
  const page = await stage.open(options)
  const answer = await page.request.post('/api/auth/login', { data: admin })
  if (!answer.ok()) throw new Error(`could not log in: ${await answer.text()}`)
  return page
}

async function signUp({ url }: Stage, person: Person): Promise<{ id: string }> {
  const answer = await new Client(url).post('/api/auth/signup', person)
  if (answer.status !== 201) throw new Error(`could not sign up: ${answer.text}`)
  return answer.json.user
}

/** The user id of who is signed in there. */
async function idOf(page: Page): Promise<string> {
  const { user } = await (await page.request.get('/api/auth/session')).json()
  return user.id
}

function accounts(page: Page) {
  return page.getByRole('list', { name: 'Accounts' }).getByRole('link')
}

function searchBox(page: Page) {
  return page.getByRole('search').getByRole('searchbox')
}

/** Searches until as many accounts are shown: a new one may take some seconds to be listed. */
async function find(page: Page, query: string, count: number): Promise<void> {
  await page.goto('/admin')
  const search = async () => {
    await searchBox(page).fill(query)
    await page.getByRole('button', { name: 'Search' }).click()
    await page.waitForURL((url) => url.searchParams.get('query') === query)
    return accounts(page).count()
  }
  await expect.poll(search, { timeout: PATIENCE, interval: 500 }).toBe(count)
}
