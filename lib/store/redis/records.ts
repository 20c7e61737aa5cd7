/** How users and sessions are written in Redis, and read back. Readers throw on what is not of the form: a damaged store. */
import type { Session, User } from '../contract.ts'

/** A user but for `disabled`, which has a hash field of its own for scripts to look at. */
export function encodeProfile({ disabled, ...profile }: User): string {
  return JSON.stringify(profile)
}

/** @param disabled `'0'` or `'1'` */
export function parseUser(profile: unknown, disabled: unknown): User {
  const fields = parseObject(profile)
  return {
    id: text(fields.id),
    email: text(fields.email),
    emailVerified: flag(fields.emailVerified),
    name: fields.name === null ? null : text(fields.name),
    roles: list(fields.roles).map(text),
    disabled: bit(disabled),
    createdAt: number(fields.createdAt),
  }
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

export function text(value: unknown): string {
  return typeof value === 'string' ? value : damaged('text', value)
}

export function number(value: unknown): number {
  return typeof value === 'number' ? value : damaged('a number', value)
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : damaged('a list', value)
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
