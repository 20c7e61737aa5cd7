/** What the simulation can ask of Gatehouse: of the reference model, and of `lib/auth` over each driver. */
import type { Advance, Limit, UnixSeconds } from '../../lib/store/contract.ts'

/** One user, signed in by two clients, each with a session of its own. */
export interface Service {
  /** The refresh token that each of the clients begins with. */
  readonly first: readonly [string, string]
  present(token: string, at: UnixSeconds, fault: Fault): Promise<Presentation>
  /** Ends what `how` says, asked for by the client. With a fault it throws, whether or not it took effect. */
  end(how: End, client: Client, at: UnixSeconds, fault: Fault): Promise<void>
  /** What is stored now is all that a failover will find. */
  copy(): Promise<void>
  failOver(): Promise<void>
  /** Whether what only looks like one of our tokens was refused, and without asking the store. */
  refusesForged(token: string, forgery: Forgery): Promise<boolean>
  /** Whether the store holds anything of what was issued, or the password. */
  holdsSecrets(): Promise<boolean>
}

/** 0: a browser, 1: an app. */
export type Client = 0 | 1

/** That the store fails, before or after the operation took effect. */
export type Fault = 'none' | 'before' | 'after'

export type End = 'logout' | 'others' | 'everywhere' | 'password' | 'disable' | 'enable' | 'delete'

/** What is changed of a good token: one character of it, its number, its session, its length or the key it is made with. */
export type Forgery = { change: 'character' | 'number' | 'session' | 'length' | 'key'; at: number }

export interface Presentation {
  /** What the store did; null when the fault came before. */
  outcome: Advance['outcome'] | null
  /** Number of the newest token, where the store gave one out. */
  number: number | null
  /** What the client is told; null when it is told nothing but that the store is out of reach, or refused. */
  issued: Issued | null
}

export interface Issued {
  token: string
  number: number
  /** When the access token beside it runs out. */
  accessUntil: UnixSeconds
}

export const ACCESS_TTL = 600
export const GRACE = 30
export const SESSION_TTL = 14_000
export const IDLE = 7_000
/** Small, so that it is met. */
export const REFRESH_LIMIT: Limit = { limit: 6, window: 60 }
