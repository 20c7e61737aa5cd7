import { setTimeout as sleep } from 'node:timers/promises'
import { PROFILES, type Settings, startInstance, type Target } from '../../support/instances.ts'
import { type MailRecorder, startMailRecorder } from '../../support/mail-recorder.ts'
import type { App } from './app.ts'

/** An instance that mails, to a recorder in the place of its provider. */
export interface Mailing extends App {
  recorder: MailRecorder
  /** What the instance has printed. */
  output(): string
  stop(): Promise<void>
}

/** Where links lead, whatever host the request names. */
export const ISSUER = 'https://auth.example.com'

export async function startMailing(target: Target, settings: Settings = {}): Promise<Mailing> {
  const recorder = await startMailRecorder()
  try {
    const instance = await startInstance(target, {
      settings: {
        ...PROFILES.default,
        AUTH_ISSUER: ISSUER,
        AUTH_MAIL: 'resend',
        RESEND_API_KEY: 're_test',
        RESEND_BASE_URL: recorder.url,
        ...settings,
      },
    })
    return {
      target,
      url: instance.url,
      recorder,
      output: instance.output,
      async stop() {
        await instance.stop()
        await recorder.stop()
      },
    }
  } catch (error) {
    await recorder.stop()
    throw error
  }
}

/** The latest mail to `to` with a link to `path`, once it is there. */
export async function mailWith({ recorder }: Mailing, to: string, path: string) {
  const deadline = Date.now() + 10_000
  for (;;) {
    const mail = recorder.mails.findLast((each) => each.to === to && each.text.includes(`${ISSUER}${path}?token=`))
    if (mail) return mail
    if (Date.now() > deadline) throw new Error(`No mail to ${to} with a link to ${path}`)
    await sleep(20)
  }
}

/** The token of the link in that mail. */
export async function mailedToken(app: Mailing, to: string, path: string): Promise<string> {
  const { text } = await mailWith(app, to, path)
  return text.split(`${path}?token=`)[1]?.match(/^[\w-]+/)?.[0] ?? ''
}
