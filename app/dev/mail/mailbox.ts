import { currentPlatform } from '@/lib/platform.ts'
import { openMailbox } from '@/lib/services.ts'
import type { KeptMail } from '@/lib/store/contract.ts'

/** The mails of this development run, the newest first. */
export async function readMails(): Promise<KeptMail[]> {
  return (await openMailbox(currentPlatform())?.list()) ?? []
}
