import type { UnixSeconds } from '@/lib/store/contract.ts'
import { PATIENCE } from './patience.ts'
import { tellOtherTabs } from './session-channel.ts'
import type { SessionSnapshot } from './session-snapshot.ts'

/** How long before access runs out it is renewed, in seconds; of a short access lifetime a quarter. */
const LEAD = 30

/** After a failure, the wait for the next attempt, in seconds: doubled each time, up to the longest. */
const FIRST_WAIT = 5
const LONGEST_WAIT = 300

/** Longest delay that timers take, in milliseconds. */
const MAX_DELAY = 2 ** 31 - 1

/** Held while a tab renews, so that the others do not. */
const LOCK = 'gatehouse-renewal'

interface Listener {
  renewed(session: SessionSnapshot): void
  /** The server said that the session is over. */
  ended(): void
}

/**
 * Renews access shortly before it runs out, once, in one tab, and only while the page can be seen: a page that comes back
 * into view late does it then. When it cannot be done just now, nothing is lost, and it is tried again.
 *
 * @returns stops it
 */
export function keepRenewed({ expiresAt, now }: SessionSnapshot, listener: Listener): () => void {
  const ahead = now - Date.now() / 1000
  const serverTime = () => Date.now() / 1000 + ahead
  // Not at once, whatever the clocks say: nothing here may ask in a loop.
  let dueAt = Math.max(expiresAt - Math.min(LEAD, (expiresAt - now) / 4), now + 1)
  let failures = 0
  let isBusy = false
  let isStopped = false
  let timer: ReturnType<typeof setTimeout> | undefined

  async function check() {
    clearTimeout(timer)
    if (isBusy || isStopped || document.visibilityState === 'hidden') return
    const left = dueAt - serverTime()
    if (left > 0) {
      timer = setTimeout(check, Math.min(left * 1000, MAX_DELAY))
      return
    }
    isBusy = true
    const renewal = await inOneTab(() => renewForAll(serverTime))
    isBusy = false
    if (renewal?.outcome === 'renewed') return listener.renewed(renewal.session)
    if (renewal?.outcome === 'ended') return listener.ended()
    // Another tab is at it, and tells when it is done; or it could not be done.
    const wait = renewal ? FIRST_WAIT * 2 ** failures++ : FIRST_WAIT
    dueAt = serverTime() + Math.max(Math.min(wait, LONGEST_WAIT), renewal?.retryAfter ?? 0)
    void check()
  }

  document.addEventListener('visibilitychange', check)
  void check()
  return () => {
    isStopped = true
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', check)
  }
}

type Renewal =
  | { outcome: 'renewed'; session: SessionSnapshot }
  | { outcome: 'ended' }
  /** `retryAfter`: seconds, where the server said so. */
  | { outcome: 'failed'; retryAfter: number }

/** Of the answer to `POST /api/auth/refresh`, what matters here. */
interface Refreshed {
  user: { id: string; roles: string[] }
  session: { accessExpiresAt: string }
}

/** The other tabs hear of it before one of them may renew. */
async function renewForAll(serverTime: () => UnixSeconds): Promise<Renewal> {
  const renewal = await renew(serverTime)
  if (renewal.outcome === 'renewed') tellOtherTabs({ kind: 'renewed', session: renewal.session })
  if (renewal.outcome === 'ended') tellOtherTabs({ kind: 'ended' })
  return renewal
}

async function renew(serverTime: () => UnixSeconds): Promise<Renewal> {
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const answer = await fetch('/api/auth/refresh', { method: 'POST', signal })
    if (answer.status === 401) return { outcome: 'ended' }
    if (!answer.ok) return { outcome: 'failed', retryAfter: Number(answer.headers.get('retry-after')) || 0 }
    const { user, session }: Refreshed = await answer.json()
    const now = Date.parse(answer.headers.get('date') ?? '') / 1000 || serverTime()
    const expiresAt = Date.parse(session.accessExpiresAt) / 1000
    return { outcome: 'renewed', session: { user: { id: user.id, roles: user.roles }, expiresAt, now } }
  } catch {
    return { outcome: 'failed', retryAfter: 0 }
  }
}

/** Null where another tab is at it. Browsers give locks to secure pages only; without, the server bears with parallel renewals. */
async function inOneTab(work: () => Promise<Renewal>): Promise<Renewal | null> {
  if (!('locks' in navigator)) return work()
  return navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => (lock ? work() : null))
}
