import type { Incident, Message } from '@/lib/auth/mail.ts'

const TOKEN = 'Zx0uJ4q0bQm3u9b1v5y8hTn2kWc7eRfAgDsLpXiOoMk'
const SITE = 'https://auth.example.com'

const incident: Incident = {
  at: 1_763_745_720,
  ip: '192.0.2.7',
  userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
}

/** A message of each kind. */
export const SAMPLES: Message[] = [
  { kind: 'verify-email', url: `${SITE}/verify-email?token=${TOKEN}` },
  { kind: 'finish-signup', url: `${SITE}/signup/finish?token=${TOKEN}` },
  { kind: 'account-exists', loginUrl: `${SITE}/login`, resetUrl: `${SITE}/forgot-password` },
  { kind: 'login-link', url: `${SITE}/login/confirm?token=${TOKEN}`, code: '012345' },
  { kind: 'reset-password', url: `${SITE}/reset-password?token=${TOKEN}` },
  { kind: 'password-gone', url: `${SITE}/reset-password?token=${TOKEN}` },
  { kind: 'change-email', url: `${SITE}/verify-email?token=${TOKEN}` },
  { kind: 'email-changed', url: `${SITE}/secure-account?token=${TOKEN}`, newEmail: 'ada.new@example.com', incident },
  { kind: 'password-changed', url: `${SITE}/secure-account?token=${TOKEN}`, incident },
  { kind: 'new-login', url: `${SITE}/secure-account?token=${TOKEN}`, incident },
]
