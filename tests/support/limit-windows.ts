/**
 * No test begins where a window of a limit is about to: it lets one or two more through there (`sliding-window.ts`). Windows begin
 * with the hour, or a quarter of it.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach } from 'vitest'

const WINDOW_MS = 900_000
/** Longer than a test that counts attempts takes. */
const TEST_MS = 12_000

beforeEach(async () => {
  const left = WINDOW_MS - (Date.now() % WINDOW_MS)
  if (left < TEST_MS) await sleep(left)
})
