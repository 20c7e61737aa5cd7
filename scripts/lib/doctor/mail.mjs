/** Mail, as far as the pages tell. */
import { fine, note, wrong } from './report.mjs'

/** @typedef {import('./report.mjs').Finding} Finding */
/** @typedef {import('./site.mjs').Answer} Answer */

/**
 * Whether the site mails, and whether it makes accounts only for addresses that were proved.
 *
 * @param {{ forgotPage: Answer, signupPage: Answer }} pages
 */
export function readMail({ forgotPage, signupPage }) {
  return {
    canMail: /action="\/api\/auth\/password\/forgot"/.test(forgotPage.text),
    isVerifyFirst: !/type="password"/.test(signupPage.text),
  }
}

/**
 * @param {Answer} forgotPage
 * @param {import('./settings.mjs').MailSettings | null} settings
 * @returns {Finding}
 */
export function checkMail(forgotPage, settings) {
  const title = 'Mail'
  if (forgotPage.status !== 200) {
    return wrong(title, `/forgot-password answers ${forgotPage.status}`, 'The log tells why; see docs/mail.md.')
  }
  if (/action="\/api\/auth\/password\/forgot"/.test(forgotPage.text)) {
    const provider = settings?.mail?.provider
    return fine(title, `the pages offer it${provider ? `, by ${provider}` : ''}; that it arrives, only a mail shows`)
  }
  return note(
    title,
    'none: who forgets their password is locked out for good',
    'Set AUTH_ISSUER, and RESEND_API_KEY or POSTMARK_SERVER_TOKEN (docs/mail.md).',
  )
}
