const POLL_MS = 500

/**
 * Calls `end` when the npm that runs this process is gone without a word (killed, or crashed).
 *
 * @param {() => void} end
 */
export function watchParent(end) {
  if (process.env.npm_lifecycle_event === undefined) return // a shell may leave its jobs behind on purpose
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    end()
  }, POLL_MS)
  timer.unref()
}
