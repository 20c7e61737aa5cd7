import type { Message } from './mail.ts'
import type { Services } from './services.ts'

/** What the owner of an address hears when somebody wants to use it for another account. */
export function accountExists({ issuer }: Pick<Services, 'issuer'>): Message {
  return { kind: 'account-exists', loginUrl: `${issuer}/login`, resetUrl: `${issuer}/forgot-password` }
}
