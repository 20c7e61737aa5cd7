import type {
  Activity,
  AdvanceRequest,
  EmailChange,
  KeptMail,
  Link,
  NewAccount,
  Recovery,
  Session,
  User,
} from '../../lib/store/contract.ts'
import { fold } from '../../lib/store/fold.ts'

/** Far ahead, so that nothing in a store expires by the real clock during a run. */
export const NOW = 4_000_000_000

/** Random, so that tests may share a database. */
export function anId(): string {
  return crypto.randomUUID()
}

export function aUser(given: Partial<User> = {}): User {
  return {
    id: anId(),
    email: 'Ada@example.com',
    emailVerified: false,
    name: 'Ada Lovelace',
    roles: ['user'],
    disabled: false,
    createdAt: NOW,
    emailChangedAt: null,
    ...given,
  }
}

export function aSession(given: Partial<Session> = {}): Session {
  return {
    id: anId(),
    userId: anId(),
    parent: 0,
    current: 1,
    advancedAt: NOW,
    createdAt: NOW,
    expiresAt: NOW + 86_400,
    remember: false,
    userAgent: 'Mozilla/5.0',
    ip: '192.0.2.7',
    revokedAt: null,
    refreshes: { window: 0, current: 0, previous: 0 },
    ...given,
  }
}

export function anActivity(given: Partial<Activity> = {}): Activity {
  return { type: 'login.succeeded', at: NOW, ip: '192.0.2.7', userAgent: 'Mozilla/5.0', count: 1, ...given }
}

export function aLink(given: Partial<Link> = {}): Link {
  return {
    purpose: 'reset',
    userId: anId(),
    email: 'Ada@example.com',
    version: 1,
    proofs: [],
    tries: 3,
    expiresAt: NOW + 1_800,
    ...given,
  }
}

/** An account whose first session is of its user. `address` is that of the user's `email`: one of the two will do. */
export function anAccount({
  user = {},
  session = {},
  address,
  ...given
}: {
  user?: Partial<User>
  session?: Partial<Session>
  address?: string
  passwordHash?: string
  activity?: Activity
} = {}): NewAccount {
  const id = user.id ?? anId()
  const owner = aUser({ id, email: address ?? `Ada.${id}@example.com`, ...user })
  return {
    user: owner,
    address: fold(owner.email),
    passwordHash: '$pbkdf2-sha256$i=600000$c2FsdA$aGFzaA',
    session: aSession({ userId: owner.id, ...session }),
    activity: anActivity({ type: 'account.created' }),
    ...given,
  }
}

/** A change to an address that nobody has. */
export function anEmailChange({ user }: Pick<NewAccount, 'user'>, given: Partial<EmailChange> = {}): EmailChange {
  return {
    userId: user.id,
    version: 1,
    from: user.email,
    to: `Countess.${anId()}@example.org`,
    now: NOW,
    activity: anActivity({ type: 'email.changed' }),
    ...given,
  }
}

/** A recovery by the account's present address. */
export function aRecovery({ user }: Pick<NewAccount, 'user'>, given: Partial<Recovery> = {}): Recovery {
  return {
    userId: user.id,
    from: user.email,
    to: user.email,
    passwordHash: 'nobody knows',
    now: NOW,
    activity: anActivity({ type: 'account.secured' }),
    ...given,
  }
}

export function aMail(given: Partial<KeptMail> = {}): KeptMail {
  return { id: anId(), to: 'ada@example.com', subject: 'Hello', text: 'Hi', html: '<p>Hi</p>', sentAt: NOW, ...given }
}

/** Presents token number 1 of the account's first session, under a policy that is in nobody's way. */
export function aRefresh(
  { session }: Pick<NewAccount, 'session'>,
  given: Partial<AdvanceRequest> = {},
): AdvanceRequest {
  return {
    userId: session.userId,
    sessionId: session.id,
    presented: 1,
    now: NOW,
    grace: 30,
    idle: 86_400 * 14,
    limit: { limit: 1_000, window: 60 },
    activity: anActivity({ type: 'session.reused' }),
    ...given,
  }
}
