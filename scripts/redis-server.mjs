/** A Redis of one's own: started, waited for, and stopped together with the process that started it. */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'

const READY_TIMEOUT_MS = 15_000
const STOP_TIMEOUT_MS = 10_000
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/**
 * Starts `redis-server` for this machine only (127.0.0.1), with every write on disk within a second.
 *
 * @param {{ dir: string, port?: number }} options `dir` holds the data and is made when it is missing; without `port` a free one
 * @returns {Promise<{ port: number, exited: Promise<void>, stop(): Promise<void> }>} `stop` resolves once the process has
 *   ended, and may be called again; `exited` resolves when it ends, for whatever reason
 * @throws {Error} with `code: 'ENOENT'` when `redis-server` is not installed; else with what Redis said
 */
export async function startRedis({ dir, port }) {
  mkdirSync(dir, { recursive: true })
  const chosen = port ?? (await freePort())
  const settings = ['--bind', '127.0.0.1', '--port', `${chosen}`, '--dir', dir, '--appendonly', 'yes', '--save', '']
  // A process group of its own: Ctrl-C reaches us alone, and we end Redis after whoever uses it.
  const child = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })

  const exited = new Promise((resolve) => {
    child.once('exit', () => resolve(undefined))
    child.once('error', () => resolve(undefined))
  })
  const kill = () => {
    child.kill('SIGTERM')
  }
  const release = endWithThisProcess(kill)
  child.once('exit', release)
  child.once('error', release)

  await new Promise((resolve, reject) => {
    let output = ''
    const read = (/** @type {Buffer} */ chunk) => {
      output = (output + chunk).slice(-4_000)
      if (output.includes('Ready to accept connections')) resolve(undefined)
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`redis-server ended: ${lastLine(output)}`)))
    setTimeout(() => {
      reject(new Error(`redis-server was not ready within ${READY_TIMEOUT_MS / 1_000} s`))
    }, READY_TIMEOUT_MS).unref()
  }).catch((error) => {
    kill()
    throw error
  })

  return {
    port: chosen,
    exited: exited.then(() => undefined),
    async stop() {
      kill()
      const giveUp = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
      await exited
      clearTimeout(giveUp)
    },
  }
}

/** A port that is free now. */
export async function freePort() {
  const server = createServer()
  await new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve(undefined))
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (typeof address !== 'object' || !address) throw new Error('no free port')
  return address.port
}

/** How to end each Redis that still runs. @type {Set<() => void>} */
const running = new Set()

function endAll() {
  for (const kill of running) kill()
}

/** @param {NodeJS.Signals} signal */
function onSignal(signal) {
  if (process.listenerCount(signal) > 1) return // whoever else handles it decides, and calls stop()
  endAll()
  process.off(signal, onSignal)
  process.kill(process.pid, signal)
}

/**
 * Calls `kill` when this process ends, also by a signal that nobody else handles.
 *
 * @param {() => void} kill
 * @returns {() => void} undoes it
 */
function endWithThisProcess(kill) {
  if (running.size === 0) {
    process.on('exit', endAll)
    for (const signal of SIGNALS) process.on(signal, onSignal)
  }
  running.add(kill)
  return () => {
    running.delete(kill)
    if (running.size > 0) return
    process.off('exit', endAll)
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
}

/**
 * What Redis said last, without process, date and level.
 * @param {string} output
 */
function lastLine(output) {
  return (output.trim().split('\n').at(-1) ?? '').replace(/^\d+:\w .{20,30} [#*.-] /, '')
}
