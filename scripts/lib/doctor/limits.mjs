/** Whether guessing at a password comes to an end. */
import { randomBytes } from 'node:crypto'
import { fine, wrong } from './report.mjs'
import { describe } from './site.mjs'

/** Twice what the defaults let through. */
const MOST_GUESSES = 20

/**
 * Guesses at an account that does not exist: that costs the same, and keeps nobody out.
 *
 * @param {import('./site.mjs').Site} site
 * @returns {Promise<import('./report.mjs').Finding>}
 */
export async function checkLimits(site) {
  const title = 'Limits'
  const guess = { email: `doctor-${randomBytes(9).toString('hex')}@example.com`, password: 'a wrong guess' }
  for (let guesses = 0; guesses < MOST_GUESSES; guesses++) {
    const answer = await site.ask('/api/auth/login', { json: guess })
    if (answer.status === 429) {
      const policy = answer.headers.get('ratelimit-policy')
      return fine(title, `guessing is stopped after ${guesses}${policy ? ` (${policy})` : ''}`)
    }
    if (answer.status !== 401) {
      return wrong(title, `a guess is answered ${describe(answer)}`, 'The log of the deployment tells why.')
    }
  }
  return wrong(
    title,
    `${MOST_GUESSES} guesses in a row at one account were let through`,
    'Leave AUTH_LIMIT_LOGIN_ACCOUNT and AUTH_LIMIT_LOGIN_IP at their defaults.',
  )
}
