import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { type Instance, PROFILES, startInstance, type Target } from '../../support/instances.ts'
import { violations } from './accessibility.ts'
import { defineMailFlows } from './mail-flows.suite.ts'
import type { Postbox } from './postbox.ts'
import { useStage } from './stage.ts'

/** What `next dev` makes when it is first asked for it, in one go what it is asked for at once: so that no test waits for it. */
const FOR_MAILBOX = ['/dev/mail', '/dev/mail/none', '/dev/mail/templates', '/api/auth/signup']
const FOR_FLOWS = [
  ...['/login', '/login/link', '/login/confirm', '/forgot-password', '/reset-password', '/verify-email'],
  ...[
    '/secure-account',
    '/api/auth/session',
    '/api/auth/login',
    '/api/auth/login/link',
    '/api/auth/login/link/confirm',
  ],
  ...['/api/auth/login/code', '/api/auth/logout', '/api/auth/password/forgot', '/api/auth/password/reset'],
  ...['/api/auth/email/verify', '/api/auth/secure'],
]
/** Made only for who is signed in: middleware leads others away. */
const FOR_MEMBERS = [
  ...['/dashboard', '/dashboard/members', '/account'],
  ...['/api/me', '/api/auth/email/verify/send', '/api/auth/email/change'],
]

const TIMEOUT = 300_000
/** `next dev` may have something to make first. */
const PATIENCE_WITH_DEV = 60_000

/**
 * Describes what one does through the mailbox of `next dev`, in a file for each store: what it has to make takes a while.
 *
 * @param withFlows also plays what people do by mail, through the mailbox
 */
export function describeMailbox(target: Target, { withFlows }: { withFlows: boolean }): void {
  describe(`Through the mailbox of ${target}, with no account and no key, one`, { timeout: TIMEOUT }, () => {
    let instance: Instance
    const stage = useStage(async () => {
      instance = await startInstance(target, { settings: PROFILES.default })
      const paths = [...FOR_MAILBOX, ...(withFlows ? FOR_FLOWS : [])]
      await Promise.all(paths.map((path) => fetch(instance.url + path)))
      return instance.url
    }, PATIENCE_WITH_DEV)
    afterAll(() => instance?.stop())

    it('finds an empty mailbox, then a mail, on pages that can be used by everyone', async () => {
      const guest = await stage.open()
      await guest.goto('/dev/mail')
      await guest.getByText('No mail yet.').waitFor()
      expect(await violations(guest)).toEqual([])
      const { page, person } = await stage.openSignedIn()
      await openMail(page, person.email, 'Confirm your email address')
      expect(await violations(page)).toEqual([])
      // Not sooner: while it makes pages it stands still, for longer at times than a store may take, and no mail would be kept.
      const paths = withFlows ? FOR_MEMBERS : []
      await Promise.all(paths.map((path) => page.request.get(path, { timeout: TIMEOUT })))
      await page.goto('/dev/mail/templates')
      await page.getByRole('heading', { level: 1 }).waitFor()
    })

    if (withFlows) defineMailFlows(stage, MAILBOX, { javaScriptEnabled: true })
  })
}

/** The page `/dev/mail`, read and clicked as people do. */
const MAILBOX: Postbox = {
  async follow(page, to, subject) {
    await openMail(page, to, subject)
    await page.getByRole('region', { name: 'Header' }).getByRole('link').first().click()
  },
  async read(page, to, subject) {
    await openMail(page, to, subject)
    return page.locator('pre').innerText()
  },
}

/** Opens the newest mail to `to` with this subject, once it is there. */
async function openMail(page: Page, to: string, subject: string): Promise<void> {
  const mail = page
    .getByRole('listitem')
    .filter({ hasText: `To ${to}` })
    .getByRole('link', { name: subject })
    .first()
  const look = async () => {
    await page.goto('/dev/mail')
    return mail.count()
  }
  await expect.poll(look, { timeout: PATIENCE_WITH_DEV }).toBe(1)
  await mail.click()
}
