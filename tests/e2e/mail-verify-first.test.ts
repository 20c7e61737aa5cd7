import { rmSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { freePort } from '../../scripts/redis-server.mjs'
import { type Instance, makeDataFolder, startInstance } from '../support/instances.ts'
import { type MailRecorder, startMailRecorder } from '../support/mail-recorder.ts'
import { violations } from './support/accessibility.ts'
import { ask } from './support/mail-flows.suite.ts'
import { aPerson, usernameOf } from './support/people.ts'
import { describeWithMail, mailSettings, recordedPost } from './support/postbox.ts'
import { useStage } from './support/stage.ts'

describeWithMail(
  'Where an address is proved before there is an account',
  { AUTH_SIGNUP: 'verify-first' },
  (stage, post) => {
    describe.each([true, false])('with JavaScript: %s', (javaScriptEnabled) => {
      it('one signs up with the address, and finishes by the mailed link', async () => {
        const page = await stage.open({ javaScriptEnabled })
        const person = aPerson()
        await page.goto('/signup')
        expect(await page.getByRole('textbox', { name: 'Password' }).count()).toBe(0)
        await ask(page, person.email, 'Email me a link')
        await page.getByRole('status').getByText('Check your mail').waitFor()
        expect((await page.request.get('/api/me')).status()).toBe(401)

        await post.follow(page, person.email, 'Finish signing up')
        await page.getByText(`The link shows that ${person.email} is yours.`).waitFor()
        expect(await usernameOf(page, 'Create account')).toBe(person.email)
        await page.getByLabel('Name').fill(person.name)
        await page.getByRole('textbox', { name: 'Password' }).fill('password123')
        await page.getByRole('button', { name: 'Create account' }).click()
        await page.locator('#password-error').getByText('most common').waitFor()
        expect(await page.getByLabel('Name').inputValue()).toBe(person.name)
        await page.getByRole('textbox', { name: 'Password' }).fill(person.password)
        await page.getByRole('button', { name: 'Create account' }).click()
        await page.waitForURL('/dashboard')
        const { email, emailVerified } = await (await page.request.get('/api/me')).json()
        expect({ email, emailVerified }).toEqual({ email: person.email, emailVerified: true })

        const late = await stage.open({ javaScriptEnabled })
        await post.follow(late, person.email, 'Finish signing up')
        await late.getByText('The link shows that the address is yours.').waitFor()
        await late.getByRole('textbox', { name: 'Password' }).fill(person.password)
        await late.getByRole('button', { name: 'Create account' }).click()
        await late.locator('main').getByRole('alert').getByText('That link was used already').waitFor()
        await late.getByRole('link', { name: 'Ask for a new link' }).click()
        await late.waitForURL('/signup')
      })

      it('a taken address reads the same, and its owner is told by mail', async () => {
        const page = await stage.open({ javaScriptEnabled })
        const person = aPerson()
        await page.goto('/signup')
        await ask(page, person.email, 'Email me a link')
        await page.getByRole('status').waitFor()
        await post.follow(page, person.email, 'Finish signing up')
        await page.getByRole('textbox', { name: 'Password' }).fill(person.password)
        await page.getByRole('button', { name: 'Create account' }).click()
        await page.waitForURL('/dashboard')

        const stranger = await stage.open({ javaScriptEnabled })
        await stranger.goto('/signup')
        await ask(stranger, person.email, 'Email me a link')
        await stranger.getByRole('status').getByText('Check your mail').waitFor()
        expect(await post.read(stranger, person.email, 'You already have an account')).toContain('/login')
      })
    })

    it('its pages can be used by everyone, light and dark', async () => {
      const page = await stage.open()
      await page.goto('/signup')
      expect(await violations(page)).toEqual([])
      await ask(page, 'ada', 'Email me a link')
      await page.locator('#email-error').waitFor()
      expect(await violations(page)).toEqual([])
      await page.goto('/signup?done=signup')
      await page.getByRole('status').waitFor()
      expect(await violations(page)).toEqual([])
    })
  },
)

describe('An account from before an address had to be proved', () => {
  const data = makeDataFolder()
  const post = recordedPost(() => recorder)
  let recorder: MailRecorder
  let instance: Instance
  const start = async (port: number, signup: string) => {
    const settings = { ...mailSettings(recorder, port), AUTH_SIGNUP: signup }
    instance = await startInstance('workerd with Durable Objects', { data, port, settings })
  }
  const stage = useStage(async () => {
    recorder = await startMailRecorder()
    await start(await freePort(), 'open')
    return instance.url
  })
  afterAll(async () => {
    await instance?.stop()
    await recorder?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('is confirmed by a link to choose a new password, and told so where that is asked for', async () => {
    const { page, person } = await stage.openSignedIn()
    await instance.stop()
    await start(instance.port, 'verify-first')
    await page.goto('/verify-email')
    await page.getByText(`Choose a new password by a link that we mail to ${person.email}.`).waitFor()
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Email me a link' }).click()
    const notice = page.getByRole('region', { name: 'Email' }).getByRole('status')
    await notice.getByText('a link to choose a new password, which confirms your address, too.').waitFor()
    await notice.getByText('It works for 30 minutes.').waitFor()
    expect(await page.getByRole('button', { name: 'Email me a link to confirm it' }).isVisible()).toBe(true)

    await post.follow(page, person.email, 'Choose a new password')
    await page.getByLabel('New password', { exact: true }).fill('several other lively words')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByRole('status').getByText('Your password was changed.').waitFor()
    await page.getByRole('textbox', { name: 'Password' }).fill('several other lively words')
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.waitForURL('/dashboard')
    await page.goto('/dashboard/members')
    await page.getByText(`we know that ${person.email} is yours`).waitFor()
  }, 90_000)
})
