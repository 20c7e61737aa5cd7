import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { watchParent } from './parent.mjs'
import { ROOT } from './setup.mjs'

/** How long a process may take to end by itself. */
const STOP_TIMEOUT_MS = 5_000
/** How long what it leaves behind may take. */
const LEFTOVERS_TIMEOUT_MS = 300
const POLL_MS = 100
const REQUEST_TIMEOUT_MS = 30_000
/** Lines kept of what a process said, to show when it fails. */
const LINES_KEPT = 60

/**
 * The processes and servers that a task has started. They end together: on SIGINT, SIGTERM or SIGHUP (exit code 0, as that
 * was asked for), or when one of them ends by itself (exit code 1).
 */
export class Crew {
  /** @type {(() => Promise<void>)[]} */
  #stops = []
  /** @type {Promise<void> | null} */
  #stopping = null
  #isReady = false
  /** What has been said and not shown. @type {string[]} */
  #unshown = []

  constructor() {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => this.end(0))
    watchParent(() => this.end(1))
  }

  /**
   * Starts a process in a group of its own, so that Ctrl-C reaches this process only, which ends the others in order.
   *
   * @param {string} name as messages call it
   * @param {string[]} command
   * @param {{ env: NodeJS.ProcessEnv, isNoise?: (line: string) => boolean, hasToFinish?: boolean }} options
   *   `isNoise`: lines not to show; `hasToFinish` false: it may be killed at once, with all that it has started
   */
  start(name, [file = '', ...args], { env, isNoise = () => false, hasToFinish = true }) {
    const child = spawn(file, args, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const exited = new Promise((resolve) => {
      child.once('exit', resolve)
      child.once('error', resolve)
    })
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        if (this.#isReady && !isNoise(stripVTControlCharacters(line))) console.log(line)
        else this.#keep(line)
      })
    }
    child.once('error', (error) => this.fail(`${name} could not start: ${error.message}`))
    child.once('exit', (code, signal) => this.fail(`${name} ended unexpectedly (${signal ?? `exit code ${code}`}).`))
    this.onEnd(() => endGroup(child, exited, hasToFinish))
    process.once('exit', () => child.exitCode === null && child.pid && signalGroup(child.pid, 'SIGTERM'))
  }

  /** @param {string} line */
  #keep(line) {
    this.#unshown.push(line)
    if (this.#unshown.length > LINES_KEPT) this.#unshown.shift()
  }

  /** @param {() => Promise<void>} stop runs at the end, before those registered earlier */
  onEnd(stop) {
    this.#stops.unshift(stop)
  }

  /**
   * Waits until `url` answers with something that `isReady` accepts.
   *
   * @param {string} url
   * @param {(status: number) => boolean} isReady
   * @param {number} [timeoutMs]
   * @returns {Promise<number>} the status it answered with last; 0: nothing yet
   */
  async waitFor(url, isReady, timeoutMs = Number.POSITIVE_INFINITY) {
    const deadline = Date.now() + timeoutMs
    let status = 0
    while (!this.#stopping) {
      try {
        const answer = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
        await answer.body?.cancel()
        status = answer.status
      } catch {
        status = 0
      }
      if (isReady(status) || Date.now() > deadline) return status
      await sleep(POLL_MS)
    }
    return new Promise(() => {}) // the end is near
  }

  /** From now on, what the processes say is shown. */
  ready() {
    this.#isReady = true
    this.#unshown = []
  }

  /** Shows what has been said, and `message`, and ends with exit code 1. @param {string} message */
  fail(message) {
    if (this.#stopping) return
    if (this.#unshown.length > 0) console.error(this.#unshown.join('\n'))
    console.error(message)
    this.end(1)
  }

  /**
   * Ends everything, the latest first, and then this process.
   *
   * @param {number} code
   */
  end(code) {
    this.#stopping ??= this.#stopAll().then(() => process.exit(code))
    return this.#stopping
  }

  async #stopAll() {
    for (const stop of this.#stops) await stop().catch((error) => console.error(error))
  }
}

/**
 * @param {import('node:child_process').ChildProcess} child the leader of its group
 * @param {Promise<unknown>} exited
 * @param {boolean} hasToFinish
 */
async function endGroup(child, exited, hasToFinish) {
  if (child.pid === undefined) return
  if (hasToFinish) {
    child.kill('SIGTERM') // it ends its own children in order, if it can
    await Promise.race([exited, sleep(STOP_TIMEOUT_MS, undefined, { ref: false })])
    signalGroup(child.pid, 'SIGTERM')
    const deadline = Date.now() + LEFTOVERS_TIMEOUT_MS
    while (signalGroup(child.pid, 0) && Date.now() < deadline) await sleep(POLL_MS / 4)
  }
  signalGroup(child.pid, 'SIGKILL')
  await exited
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} false when nobody of the group is left
 */
function signalGroup(leader, signal) {
  try {
    process.kill(-leader, signal)
    return true
  } catch {
    return false
  }
}
