/** A mail, by what it says → as it is sent. */
import type { Message } from '../auth/mail.ts'
import { renderHtml, renderText } from './render.ts'
import { accountExists } from './templates/account-exists.tsx'
import { changeEmail } from './templates/change-email.tsx'
import { emailChanged } from './templates/email-changed.tsx'
import { finishSignup } from './templates/finish-signup.tsx'
import { type Draft, Layout } from './templates/layout.tsx'
import { loginLink } from './templates/login-link.tsx'
import { newLogin } from './templates/new-login.tsx'
import { passwordChanged } from './templates/password-changed.tsx'
import { resetPassword } from './templates/reset-password.tsx'
import { verifyEmail } from './templates/verify-email.tsx'

export interface Composed {
  /** The same for all mails of a kind. */
  subject: string
  html: string
  text: string
}

export function compose(message: Message): Composed {
  const draft = draftOf(message)
  const mail = <Layout {...draft} host={new URL('url' in message ? message.url : message.loginUrl).host} />
  return { subject: draft.subject, html: renderHtml(mail), text: renderText(mail) }
}

function draftOf(message: Message): Draft {
  switch (message.kind) {
    case 'verify-email':
      return verifyEmail(message)
    case 'change-email':
      return changeEmail(message)
    case 'finish-signup':
      return finishSignup(message)
    case 'account-exists':
      return accountExists(message)
    case 'reset-password':
    case 'password-gone':
      return resetPassword({ ...message, isGone: message.kind === 'password-gone' })
    case 'login-link':
      return loginLink(message)
    case 'new-login':
      return newLogin(message)
    case 'password-changed':
      return passwordChanged(message)
    case 'email-changed':
      return emailChanged(message)
  }
}
