import { type LoginProof, loginByLink } from '../auth/login-link.ts'
import { ok, type Result } from '../auth/result.ts'
import { readCookie, setCookie } from './cookies.ts'
import type { Exchange } from './endpoint.ts'
import type { HttpError } from './problem.ts'
import { signedInAnswer } from './sign-in.ts'

/** Signs in by mailed link or code, in the browser whose cookie `login` tells that it has asked for them. */
export async function confirmLogin(
  exchange: Exchange,
  proof: LoginProof,
  { remember, delivery }: { remember: boolean; delivery: 'cookie' | 'body' },
): Promise<Result<Response, HttpError>> {
  const { services, visitor, headers, url } = exchange
  const request = readCookie(headers, 'login', url)
  const signedIn = await loginByLink(services, visitor, { request, proof, remember })
  if (!signedIn.ok) return signedIn
  const answer = signedInAnswer(exchange, signedIn.value, { delivery })
  answer.headers.append('set-cookie', setCookie('login', '', url, 0))
  return ok(answer)
}
