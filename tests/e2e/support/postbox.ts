import type { Page } from 'playwright-core'
import { afterAll, describe } from 'vitest'
import { freePort } from '../../../scripts/redis-server.mjs'
import { type Instance, PROFILES, type Settings, startInstance, TARGETS, type Target } from '../../support/instances.ts'
import { type MailRecorder, startMailRecorder } from '../../support/mail-recorder.ts'
import { type Stage, useStage } from './stage.ts'

/** Where the people of a test read their mail. */
export interface Postbox {
  /** Opens, in `page`, the link of the newest mail to `to` with this subject, once that is there. */
  follow(page: Page, to: string, subject: string): Promise<void>
  /** The text of that mail. */
  read(page: Page, to: string, subject: string): Promise<string>
}

/** The mail that the provider was given. */
export function recordedPost(recorder: () => MailRecorder): Postbox {
  return {
    async follow(page, to, subject) {
      const { href } = recorder().linkIn(await recorder().waitForMail(to, { subject }))
      await page.goto(href)
    },
    async read(_, to, subject) {
      return (await recorder().waitForMail(to, { subject })).text
    },
  }
}

/** Describes the same on these hosts (both), with a provider of mail that records. */
export function describeWithMail(
  name: string,
  settings: Settings,
  define: (stage: Stage, post: Postbox, recorder: () => MailRecorder) => void,
  targets: Target[] = TARGETS,
): void {
  describe.each(targets)(`${name}, on %s`, (target) => {
    let recorder: MailRecorder
    let instance: Instance
    const stage = useStage(async () => {
      recorder = await startMailRecorder()
      const port = await freePort()
      instance = await startInstance(target, { port, settings: { ...mailSettings(recorder, port), ...settings } })
      return instance.url
    })
    afterAll(async () => {
      await instance?.stop()
      await recorder?.stop()
    })
    define(
      stage,
      recordedPost(() => recorder),
      () => recorder,
    )
  })
}

/** Of an instance at this port, whose provider of mail is the recorder. */
export function mailSettings({ url }: MailRecorder, port: number): Settings {
  return {
    ...PROFILES.default,
    AUTH_ISSUER: `http://127.0.0.1:${port}`,
    AUTH_MAIL: 'resend',
    RESEND_API_KEY: 'test',
    RESEND_BASE_URL: url,
  }
}
