/** The companion Worker of `npm run dev`: with a mailbox, where mails go that nobody is to get. */
export { MailboxObject } from '../store/durable/mailbox-object.ts'
export * from './worker.ts'
export { default } from './worker.ts'
