/** How users, sessions and activity are written in Redis, and read back. Readers throw on what is not of the form: a damaged store. */
import type { Activity, ActivityType, Credential, KeptMail, Link, LinkPurpose, Session, User } from '../contract.ts'

/** Hash fields of a user, in the order in which scripts read them. */
export const USER_FIELDS = [
  'disabled',
  'email',
  'emailVerified',
  'name',
  'roles',
  'createdAt',
  'emailChangedAt',
] as const

/** Hash fields of a link, in the order in which scripts read them. */
export const LINK_FIELDS = ['purpose', 'expiresAt', 'tries', 'proofs', 'details'] as const

/** A value by itself, as JSON: text that Redis took as it is would lose half a character that stands alone. */
export function encodeValue(value: string | number | boolean | null | string[]): string {
  return JSON.stringify(value)
}

/** Hash fields and their values in turn. `disabled` is 0 or 1, for scripts to look at. */
export function encodeUser({ disabled, email, emailVerified, name, roles, createdAt, emailChangedAt }: User): string[] {
  const values = { email, emailVerified, name, roles, createdAt, emailChangedAt }
  return [
    'disabled',
    encodeBit(disabled),
    ...Object.entries(values).flatMap(([field, value]) => [field, encodeValue(value)]),
  ]
}

/** @param fields values of `USER_FIELDS`; accounts that were made before addresses could be changed lack the last */
export function parseUser(id: string, fields: unknown): User {
  const [disabled, ...values] = list(fields)
  const [email, emailVerified, name, roles, createdAt, emailChangedAt]: unknown[] = values.map((value) =>
    value === null ? null : JSON.parse(text(value)),
  )
  return {
    id,
    email: text(email),
    emailVerified: flag(emailVerified),
    name: name === null ? null : text(name),
    roles: list(roles).map(text),
    disabled: bit(disabled),
    createdAt: number(createdAt),
    emailChangedAt: emailChangedAt === null ? null : number(emailChangedAt),
  }
}

/** @param fields password hash and version */
export function parseCredential(userId: string, fields: unknown): Credential {
  const [passwordHash, version] = list(fields)
  return { userId, passwordHash: text(passwordHash), version: Number(text(version)) }
}

/** The numbers that scripts decide by, and the rest as text within. */
export function encodeSession({ id, userId, remember, userAgent, ip, ...state }: Session): string {
  return JSON.stringify({ ...state, details: JSON.stringify({ id, userId, remember, userAgent, ip }) })
}

export function parseSession(session: unknown): Session {
  const state = parseObject(session)
  const details = parseObject(state.details)
  const refreshes = object(state.refreshes)
  return {
    id: text(details.id),
    userId: text(details.userId),
    parent: number(state.parent),
    current: number(state.current),
    advancedAt: number(state.advancedAt),
    createdAt: number(state.createdAt),
    expiresAt: number(state.expiresAt),
    remember: flag(details.remember),
    userAgent: text(details.userAgent),
    ip: text(details.ip),
    revokedAt: state.revokedAt === null ? null : number(state.revokedAt),
    refreshes: {
      window: number(refreshes.window),
      current: number(refreshes.current),
      previous: number(refreshes.previous),
    },
  }
}

/** Type and count in front, for scripts to look at: `login.failed 3 {"at":…}`. */
export function encodeActivity({ type, count, ...details }: Activity): string {
  return `${type} ${count} ${JSON.stringify(details)}`
}

export function parseActivity(entry: unknown): Activity {
  const [, type, count, json] = /^(\S+) (\d+) (.*)$/s.exec(text(entry)) ?? []
  const details = parseObject(json)
  return {
    type: activityType(type),
    at: number(details.at),
    ip: text(details.ip),
    userAgent: text(details.userAgent),
    count: Number(count),
  }
}

/** Hash fields and their values in turn: those that scripts decide by, and the rest as text. */
export function encodeLink({ purpose, expiresAt, tries, proofs, ...details }: Link): (string | number)[] {
  const values = { purpose, expiresAt, tries, proofs: encodeValue(proofs), details: JSON.stringify(details) }
  return Object.entries(values).flat()
}

/** @param fields values of `LINK_FIELDS` */
export function parseLink(purpose: LinkPurpose, fields: unknown): Link {
  const [, expiresAt, tries, proofs, json] = list(fields)
  const { userId, email, version } = parseObject(json)
  return {
    purpose,
    userId: userId === null ? null : text(userId),
    email: text(email),
    version: number(version),
    proofs: list(JSON.parse(text(proofs))).map(text),
    tries: Number(text(tries)),
    expiresAt: Number(text(expiresAt)),
  }
}

export function parseMail(mail: unknown): KeptMail {
  const { id, to, subject, text: plain, html, sentAt } = parseObject(mail)
  return {
    id: text(id),
    to: text(to),
    subject: text(subject),
    text: text(plain),
    html: text(html),
    sentAt: number(sentAt),
  }
}

/** All of them: one more in the contract does not compile without its line here. */
const ACTIVITY_TYPES: Record<ActivityType, true> = {
  'account.created': true,
  'login.succeeded': true,
  'login.failed': true,
  'password.changed': true,
  'password.reset': true,
  'email.verified': true,
  'email.changed': true,
  'account.secured': true,
  'sessions.ended': true,
  'session.reused': true,
  'roles.changed': true,
  'account.disabled': true,
  'account.enabled': true,
}

function activityType(value: unknown): ActivityType {
  const isType = (type: string): type is ActivityType => Object.hasOwn(ACTIVITY_TYPES, type)
  return typeof value === 'string' && isType(value) ? value : damaged('a type of activity', value)
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : damaged('text', value)
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : damaged('a number', value)
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : damaged('a list', value)
}

export function encodeBit(value: boolean): '0' | '1' {
  return value ? '1' : '0'
}

/** What a script answers for yes and no. */
export function bit(value: unknown): boolean {
  return value === 1 || value === '1' || (value !== 0 && value !== '0' && damaged('0 or 1', value))
}

function flag(value: unknown): boolean {
  return typeof value === 'boolean' ? value : damaged('true or false', value)
}

function object(value: unknown): Partial<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : damaged('an object', value)
}

function parseObject(json: unknown): Partial<Record<string, unknown>> {
  return object(JSON.parse(text(json)))
}

/** Names the types only: the value may be anybody's address. */
function damaged(expected: string, value: unknown): never {
  throw new Error(`Expected ${expected} from the store, found ${value === null ? 'null' : typeof value}`)
}
