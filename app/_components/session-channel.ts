export type SessionMessage = 'signed-in' | 'signed-out'

let channel: BroadcastChannel | undefined

/** The line between the tabs of this origin. One object per tab, so that no tab hears itself. */
export function sessionChannel(): BroadcastChannel {
  channel ??= new BroadcastChannel('gatehouse')
  return channel
}

export function tellOtherTabs(message: SessionMessage): void {
  sessionChannel().postMessage(message)
}
