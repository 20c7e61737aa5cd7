/** Every route of Gatehouse in a bare Worker, with no Next.js, bundled to be weighed. */
import * as keySet from '../../app/.well-known/jwks.json/route.ts'
import * as user from '../../app/api/admin/users/[id]/route.ts'
import * as userSessions from '../../app/api/admin/users/[id]/sessions/route.ts'
import * as users from '../../app/api/admin/users/route.ts'
import * as activity from '../../app/api/auth/activity/route.ts'
import * as changeEmail from '../../app/api/auth/email/change/route.ts'
import * as verify from '../../app/api/auth/email/verify/route.ts'
import * as sendVerification from '../../app/api/auth/email/verify/send/route.ts'
import * as loginCode from '../../app/api/auth/login/code/route.ts'
import * as confirmLogin from '../../app/api/auth/login/link/confirm/route.ts'
import * as loginLink from '../../app/api/auth/login/link/route.ts'
import * as login from '../../app/api/auth/login/route.ts'
import * as logout from '../../app/api/auth/logout/route.ts'
import * as forgot from '../../app/api/auth/password/forgot/route.ts'
import * as reset from '../../app/api/auth/password/reset/route.ts'
import * as password from '../../app/api/auth/password/route.ts'
import * as refresh from '../../app/api/auth/refresh/route.ts'
import * as secure from '../../app/api/auth/secure/route.ts'
import * as session from '../../app/api/auth/session/route.ts'
import * as oneSession from '../../app/api/auth/sessions/[id]/route.ts'
import * as sessions from '../../app/api/auth/sessions/route.ts'
import * as finishSignup from '../../app/api/auth/signup/finish/route.ts'
import * as signup from '../../app/api/auth/signup/route.ts'
import * as health from '../../app/api/health/route.ts'
import * as me from '../../app/api/me/route.ts'
import { passGate } from '../../lib/http/gate.ts'
import { readUrl } from '../../lib/http/origin.ts'
import { currentPlatform } from '../../lib/platform.ts'
import { openSessionServices } from '../../lib/services.ts'

const ROUTES = {
  keySet,
  login,
  logout,
  refresh,
  session,
  signup,
  health,
  me,
  password,
  sessions,
  oneSession,
  activity,
  users,
  user,
  userSessions,
  forgot,
  reset,
  verify,
  sendVerification,
  changeEmail,
  loginLink,
  confirmLogin,
  loginCode,
  finishSignup,
  secure,
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = readUrl(request)
    const { services, proxy } = await openSessionServices(currentPlatform(), url.origin)
    const passage = await passGate(services, proxy, request, url)
    if (passage.kind === 'answer') return passage.response
    return ROUTES[url.pathname as keyof typeof ROUTES].POST(request)
  },
}
