import { MailUnavailable } from './mail.ts'
import { fail, ok, type Result } from './result.ts'

/** Mails while somebody waits: who hears that it did not work may try again. */
export async function handOver(mail: () => Promise<void>): Promise<Result<void>> {
  try {
    await mail()
    return ok(undefined)
  } catch (error) {
    if (!(error instanceof MailUnavailable)) throw error
    console.error(JSON.stringify({ time: new Date().toISOString(), event: 'mail.unavailable', reason: error.message }))
    return fail({ code: 'mail_unavailable' })
  }
}
