import type { Mailbox } from '../contract.ts'
import { operationsWithDeadline } from '../deadline.ts'
import { MAILBOX, type MailboxBinding } from './objects.ts'

export function durableMailbox({ STORE_MAILBOX }: MailboxBinding): Mailbox {
  const mailbox = () => STORE_MAILBOX.getByName(MAILBOX)
  return operationsWithDeadline<Mailbox>({
    put: (mail) => mailbox().put(mail),
    list: () => mailbox().list(),
  })
}
