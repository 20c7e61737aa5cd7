import type { Settings } from '../../tests/support/instances.ts'

/** In nobody's way. */
const WIDE = '1000000/1h'

/** Limits that no run reaches. */
export const RAISED_LIMITS: Settings = {
  AUTH_LIMIT_LOGIN_IP: WIDE,
  AUTH_LIMIT_LOGIN_ACCOUNT: WIDE,
  AUTH_LIMIT_SIGNUP_IP: WIDE,
  AUTH_LIMIT_FORGOT_IP: WIDE,
  AUTH_LIMIT_FORGOT_ACCOUNT: WIDE,
  AUTH_LIMIT_REFRESH: WIDE,
}
