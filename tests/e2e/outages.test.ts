import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { startGateway } from '../../scripts/redis-gateway.mjs'
import { startRedis } from '../../scripts/redis-server.mjs'
import { type Instance, makeDataFolder, PROFILES, startInstance, TARGETS, type Target } from '../support/instances.ts'
import {
  aPerson,
  fillIn,
  letAccessRunOut,
  logOutButton,
  openAccount,
  openForm,
  submit,
  waitForDashboard,
} from './support/people.ts'
import { useStage } from './support/stage.ts'

describe.each(TARGETS)('A server that is started again, on %s', (target) => {
  const data = makeDataFolder()
  let instance: Instance
  const stage = useStage(async () => {
    instance = await startInstance(target, { data, settings: PROFILES.default })
    return instance.url
  })
  afterAll(async () => {
    await instance?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('knows its accounts and sessions, and forms that were open meanwhile', async () => {
    const { page: user, person } = await stage.openSignedIn()
    await user.goto('/dashboard')
    await waitForDashboard(user, person)
    const guest = await stage.open()
    await openForm(guest, '/login')
    await fillIn(guest, person)

    await instance.stop()
    await submit(guest)
    await guest.getByRole('alert').getByText("We couldn't reach the server.").waitFor()
    instance = await startInstance(target, { data, port: instance.port, settings: PROFILES.default })

    await submit(guest)
    await waitForDashboard(guest, person)
    await letAccessRunOut(user)
    await user.reload()
    await waitForDashboard(user, person)
  }, 90_000)
})

describe.each<Target>(['workerd with Redis', 'next start with Redis'])(
  'A store that is out of reach, on %s',
  (target) => {
    const data = makeDataFolder()
    const token = crypto.randomUUID()
    let redis: Awaited<ReturnType<typeof startRedis>>
    let gateway: Awaited<ReturnType<typeof startGateway>>
    let instance: Instance
    let isDown = false
    const stage = useStage(async () => {
      redis = await startRedis({ dir: join(data, 'redis') })
      gateway = await startGateway({ redisPort: redis.port, port: 0, token })
      instance = await startInstance(target, { redis: { url: gateway.url, token }, settings: PROFILES.default })
      return instance.url
    })
    async function takeDown() {
      await gateway.close()
      isDown = true
    }
    async function bringBack() {
      if (isDown)
        gateway = await startGateway({ redisPort: redis.port, port: Number(new URL(gateway.url).port), token })
      isDown = false
    }
    afterEach(bringBack)
    afterAll(async () => {
      await instance?.stop()
      await gateway?.close()
      await redis?.stop()
      rmSync(data, { recursive: true, force: true })
    })

    it('is told in the forms, which keep what was typed until it is back', async () => {
      const page = await stage.open()
      const person = aPerson()
      await openForm(page, '/signup')
      await fillIn(page, person)
      await takeDown()
      await submit(page)
      const alert = page.locator('main').getByRole('alert')
      await alert.getByText("We can't reach our database right now. Nothing was lost").waitFor()
      expect(await page.getByLabel('Email').inputValue()).toBe(person.email)

      await bringBack()
      await submit(page)
      await waitForDashboard(page, person)
    })

    it('is told without JavaScript, too', async () => {
      const { person } = await stage.openSignedIn()
      const page = await stage.open({ javaScriptEnabled: false })
      await page.goto('/login')
      await fillIn(page, person)
      await takeDown()
      await submit(page)
      await page.getByRole('alert').getByText("We can't reach our database right now.").waitFor()
      expect(await page.getByLabel('Email').inputValue()).toBe(person.email)
    })

    it.each(['/reset-password', '/signup/finish'])(
      'is told behind a link to %s, which goes on working',
      async (path) => {
        const page = await stage.open()
        await takeDown()
        await page.goto(`${path}?token=${'x'.repeat(43)}`)
        const alert = page.locator('main').getByRole('alert')
        await alert.getByText("We can't reach our database right now.").waitFor()
        await bringBack()
        await alert.getByRole('link', { name: 'Try again' }).click()
        await page.getByRole('button', { name: 'Show' }).waitFor()
        expect(await page.locator('input[name=token]').inputValue()).toBe('x'.repeat(43))
      },
    )

    it('is told by the account’s page and its forms until it is back', async () => {
      const { page } = await stage.openSignedIn()
      await openAccount(page)
      await takeDown()
      const alert = page.locator('main').getByRole('alert')
      await page.getByRole('button', { name: 'Save name' }).click()
      await alert.getByText("We can't reach our database right now.").waitFor()
      await page.reload()
      await alert.getByText("We can't reach our database right now.").waitFor()

      await bringBack()
      await alert.getByRole('link', { name: 'Try again' }).click()
      await page.getByRole('heading', { name: 'Sessions' }).waitFor()
    })

    it('signs nobody out', async () => {
      stage.tolerate(/status of 503 .*\/dashboard/)
      const { page, person } = await stage.openSignedIn()
      await page.goto('/dashboard')
      await waitForDashboard(page, person)
      await takeDown()
      await page.reload()
      await page.getByText("We couldn't load your details just now. You are still signed in.").waitFor()
      await logOutButton(page).click()
      await page.getByRole('alert').getByText("We couldn't log you out.").waitFor()

      await letAccessRunOut(page)
      expect((await page.reload())?.status()).toBe(503)
      await bringBack()
      expect((await page.reload())?.status()).toBe(200)
      await waitForDashboard(page, person)
    })
  },
)
