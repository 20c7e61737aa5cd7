import { describe, expect, it } from 'vitest'
import { MAX_KEPT_MAILS, type Mailbox } from '../../lib/store/contract.ts'
import { aMail } from '../support/builders.ts'

/** The rules of `Mailbox`, for each driver. */
export function describeMailbox(driver: string, open: () => Promise<Mailbox>): void {
  describe(`${driver}: mailbox`, () => {
    it('keeps the last 50 mails, the newest first, as they were', async () => {
      const mailbox = await open()
      const mails = Array.from({ length: MAX_KEPT_MAILS + 2 }, (_, i) =>
        aMail({ subject: `${i} "\\ \u{1f511} \ud83d`, text: 'a\nb', html: '<p>{"a": 1}</p>' }),
      )
      for (const mail of mails) await mailbox.put(mail)
      expect(await mailbox.list()).toEqual(mails.slice(2).reverse())
    })
  })
}
