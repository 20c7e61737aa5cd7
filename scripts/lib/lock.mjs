/**
 * Locks between processes. A lock is a socket that its holder listens on, so it ends with the holder, however that ends;
 * a file with a process id in it would outlive a crash.
 */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'

const POLL_MS = 200

/** What macOS takes; Linux takes a little more. */
const MAX_SOCKET_PATH = 103

/**
 * Takes the lock called `name`, if it is free.
 *
 * @param {string} name
 * @returns {Promise<(() => void) | null>} gives it back; null when another process holds it
 */
export async function tryLock(name) {
  const path = socketPath(name)
  const server = (await listen(path)) ?? ((await isHeld(path)) ? null : await listenAnew(path))
  if (!server) return null
  server.unref()
  const remove = () => rmSync(path, { force: true })
  process.once('exit', remove)
  return () => {
    process.off('exit', remove)
    server.close() // removes the socket
  }
}

/**
 * Runs `work` while holding the lock; waits for it first. `onWait` is called once when it has to.
 *
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @param {() => void} [onWait]
 * @returns {Promise<T>}
 */
export async function withLock(name, work, onWait) {
  let release = await tryLock(name)
  if (!release) onWait?.()
  while (!release) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    release = await tryLock(name)
  }
  try {
    return await work()
  } finally {
    release()
  }
}

/** @param {string} name */
function socketPath(name) {
  const id = createHash('sha256').update(`${userInfo().username}\n${name}`).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\gatehouse-${id}`
  const path = join(tmpdir(), `gatehouse-${id}.lock`)
  return path.length <= MAX_SOCKET_PATH ? path : join('/tmp', `gatehouse-${id}.lock`)
}

/**
 * @param {string} path
 * @returns {Promise<import('node:net').Server | null>} null when something is there already
 */
function listen(path) {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === 'EADDRINUSE') resolve(null)
      else reject(error)
    })
    server.listen(path, () => resolve(server))
  })
}

/** What a holder that was killed left behind is in the way, and nobody answers there. @param {string} path */
function listenAnew(path) {
  rmSync(path, { force: true })
  return listen(path)
}

/**
 * @param {string} path
 * @returns {Promise<boolean>}
 */
function isHeld(path) {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
