import type { SessionSnapshot } from './session-snapshot.ts'

export type SessionMessage =
  /** Somebody logged in, or signed up. */
  | { kind: 'signed-in' }
  /** Somebody logged out, or deleted the account. */
  | { kind: 'signed-out' }
  /** The session turned out to be over. */
  | { kind: 'ended' }
  | { kind: 'renewed'; session: SessionSnapshot }

let channel: BroadcastChannel | undefined

/** The line between the tabs of this origin. One object per tab, so that no tab hears itself. */
export function sessionChannel(): BroadcastChannel {
  channel ??= new BroadcastChannel('gatehouse')
  return channel
}

export function tellOtherTabs(message: SessionMessage): void {
  sessionChannel().postMessage(message)
}
