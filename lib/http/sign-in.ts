/** What the routes that sign someone in have in common: the two ways of delivering tokens. */
import * as z from 'zod/mini'
import type { FieldIssue } from '../auth/field-messages.ts'
import type { SignedIn } from '../auth/open-session.ts'
import { deviceCookie, sessionCookies } from './cookies.ts'
import { type Exchange, json } from './endpoint.ts'
import { signedInBody } from './representation.ts'

/** A field: `body` gives the tokens to a client that keeps them itself; else they travel in cookies. */
export function delivery() {
  return z._default(z.literal(['cookie', 'body'], 'invalid' satisfies FieldIssue), 'cookie')
}

/** `{ user, session }`, with the tokens in cookies or, for `body`, beside it. */
export function signedInAnswer(
  { url, services }: Pick<Exchange, 'url' | 'services'>,
  signedIn: SignedIn,
  { status = 200, delivery = 'cookie' }: { status?: number; delivery?: 'cookie' | 'body' } = {},
): Response {
  const now = services.clock()
  const { accessToken, refreshToken, accessExpiresAt } = signedIn
  if (delivery === 'body') {
    return json({ ...signedInBody(signedIn), accessToken, refreshToken, expiresIn: accessExpiresAt - now }, status)
  }
  const answer = json(signedInBody(signedIn), status)
  for (const cookie of sessionCookies(signedIn, url, now)) answer.headers.append('set-cookie', cookie)
  if (signedIn.device) answer.headers.append('set-cookie', deviceCookie(signedIn.device, url))
  return answer
}
