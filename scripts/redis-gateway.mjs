/**
 * Upstash's REST protocol before a local Redis: `/` takes one command as a JSON array, `/pipeline` and `/multi-exec` an
 * array of them. So development and tests use the client, and the wire, of production.
 * https://upstash.com/docs/redis/features/restapi
 */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { createClient, ErrorReply, RESP_TYPES } from '@redis/client'

/** What Upstash takes at most in one request. */
const MAX_BODY_BYTES = 10 * 1024 * 1024
const RECONNECT_MS = 100
const CONNECT_TIMEOUT_MS = 1_000
/** Longer than any client keeps an idle connection, so that none is cut while a request is on its way. */
const KEEP_ALIVE_MS = 120_000

/** Commands that would change the one connection that all clients share. */
const UNAVAILABLE = new Set(
  'AUTH CLIENT DISCARD EXEC HELLO MONITOR MULTI PSUBSCRIBE QUIT RESET SELECT SHUTDOWN SSUBSCRIBE SUBSCRIBE UNWATCH WATCH'.split(
    ' ',
  ),
)

/** A request that Upstash would refuse, with its answer. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} message
   */
  constructor(status, message) {
    super(message)
    this.status = status
  }
}

/**
 * Serves the Redis on `redisPort` of this machine. While Redis is out of reach, requests are answered with 503, and the
 * gateway goes on looking for it.
 *
 * @param {{ redisPort: number, port: number, token: string, host?: string }} options `port` 0 takes a free one
 * @returns {Promise<{ url: string, close(): Promise<void>, requests(): number }>} `requests` counts HTTP requests
 * @throws {NodeJS.ErrnoException} `EADDRINUSE` and its kin when it cannot listen
 */
export async function startGateway({ redisPort, port, token, host = '127.0.0.1' }) {
  const redis = await connect(redisPort)
  const scripts = scriptNames()
  let count = 0

  const server = createServer(async (request, response) => {
    count += 1
    const base64 = request.headers['upstash-encoding'] === 'base64'
    try {
      if (request.headers.authorization !== `Bearer ${token}`) {
        throw new Refusal(401, 'WRONGPASS invalid or missing auth token')
      }
      send(response, 200, await answer(redis, scripts, request, base64))
    } catch (error) {
      const status = error instanceof Refusal ? error.status : error instanceof ErrorReply ? 400 : 503
      send(response, status, { error: error.message || 'Redis is out of reach' })
    }
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS

  try {
    await new Promise((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, () => resolve(undefined))
    })
  } catch (error) {
    redis.destroy()
    throw error
  }

  const address = server.address()
  return {
    url: `http://${host}:${typeof address === 'object' && address ? address.port : port}`,
    requests: () => count,
    async close() {
      const closed = new Promise((resolve) => server.close(() => resolve(undefined)))
      server.closeAllConnections()
      await closed
      if (redis.isOpen) redis.destroy()
    },
  }
}

/** @param {number} port */
async function connect(port) {
  const redis = createClient({
    RESP: 2,
    socket: { host: '127.0.0.1', port, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: () => RECONNECT_MS },
    disableOfflineQueue: true,
    disableClientInfo: true,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })
  redis.on('error', () => {}) // each request in flight reports it
  await new Promise((resolve) => {
    redis.once('ready', resolve)
    redis.once('error', resolve)
    redis.connect().catch(resolve)
  })
  return redis
}

/**
 * @param {Awaited<ReturnType<typeof connect>>} redis
 * @param {ReturnType<typeof scriptNames>} scripts
 * @param {import('node:http').IncomingMessage} request
 * @param {boolean} base64
 * @throws {Refusal | ErrorReply | Error} the last when Redis is out of reach
 */
async function answer(redis, scripts, request, base64) {
  if (request.method !== 'POST') throw new Refusal(405, 'ERR only POST is supported')
  const path = new URL(request.url ?? '/', 'http://gateway').pathname
  const body = await readJson(request)
  const run = async (/** @type {string[]} */ command) => {
    const name = command[0]?.toUpperCase() ?? ''
    if (UNAVAILABLE.has(name)) throw new Refusal(400, `ERR Command is not available: '${name}'`)
    return scripts.restore(command, await redis.sendCommand(scripts.translate(command)))
  }

  if (path === '/') return { result: encode(await run(parseCommand(body)), base64) }

  if (!Array.isArray(body)) throw new Refusal(400, 'ERR failed to parse pipeline request')
  if (body.length === 0) throw new Refusal(400, 'ERR empty pipeline request')
  const commands = body.map(parseCommand)

  if (path === '/pipeline') {
    const outcomes = await Promise.allSettled(commands.map(run)) // sent in one tick, hence in order
    return outcomes.map((outcome) => {
      if (outcome.status === 'fulfilled') return { result: encode(outcome.value, base64) }
      if (outcome.reason instanceof ErrorReply || outcome.reason instanceof Refusal) {
        return { error: outcome.reason.message }
      }
      throw outcome.reason
    })
  }

  if (path === '/multi-exec') {
    // Sent in one tick, so nothing of another request comes between them on the shared connection.
    const multi = [['MULTI'], ...commands.map(scripts.translate), ['EXEC']].map((command) => redis.sendCommand(command))
    const outcomes = await Promise.allSettled(multi)
    const exec = outcomes.at(-1)
    if (exec?.status !== 'fulfilled') throw exec?.reason
    return /** @type {unknown[]} */ (exec.value).map((reply, index) =>
      reply instanceof ErrorReply
        ? { error: reply.message }
        : { result: encode(scripts.restore(commands[index] ?? [], reply), base64) },
    )
  }

  throw new Refusal(404, `ERR unknown path '${path}'`)
}

/**
 * Upstash knows the script flag `allow-key-locking`, a stock Redis refuses it. Scripts reach Redis without it, so under
 * another SHA-1; this keeps which, so that EVALSHA by the script's own name finds it.
 */
function scriptNames() {
  /** @type {Map<string, string>} */
  const inRedis = new Map()
  const sha1 = (/** @type {string} */ text) => createHash('sha1').update(text).digest('hex')

  /** @param {string} script */
  function strip(script) {
    const stripped = withoutKeyLocking(script)
    if (stripped !== script) inRedis.set(sha1(script), sha1(stripped))
    return stripped
  }

  const nameInRedis = (/** @type {string} */ sha) => inRedis.get(sha.toLowerCase()) ?? sha
  const isScriptLoad = (/** @type {string[]} */ [name, sub]) =>
    name?.toUpperCase() === 'SCRIPT' && sub?.toUpperCase() === 'LOAD'

  return {
    /**
     * The command as Redis shall get it.
     * @param {string[]} command
     */
    translate(command) {
      const [name = '', second = '', ...rest] = command
      switch (name.toUpperCase()) {
        case 'EVAL':
        case 'EVAL_RO':
          return [name, strip(second), ...rest]
        case 'EVALSHA':
        case 'EVALSHA_RO':
          return [name, nameInRedis(second), ...rest]
        case 'SCRIPT':
          if (isScriptLoad(command)) return [name, second, ...rest.map(strip)]
          if (second.toUpperCase() === 'EXISTS') return [name, second, ...rest.map(nameInRedis)]
          return command
        default:
          return command
      }
    },
    /**
     * The reply as the client expects it: SCRIPT LOAD answers with the SHA-1 of the script that was sent.
     * @param {string[]} command
     * @param {unknown} reply
     */
    restore: (command, reply) => (isScriptLoad(command) ? Buffer.from(sha1(command[2] ?? '')) : reply),
  }
}

/**
 * Drops the flag, and the whole shebang (though not its line) when no other flag is left: Redis 6 knows none.
 * @param {string} script
 */
function withoutKeyLocking(script) {
  const [, flags, rest] = /^#!lua\s+flags=([\w,-]+)[^\n]*(.*)$/s.exec(script) ?? []
  if (flags === undefined || rest === undefined) return script
  const all = flags.split(',')
  const kept = all.filter((flag) => flag !== 'allow-key-locking')
  if (kept.length === all.length) return script
  return kept.length > 0 ? `#!lua flags=${kept.join(',')}${rest}` : rest
}

/**
 * @param {unknown} body
 * @returns {string[]}
 */
function parseCommand(body) {
  if (!Array.isArray(body) || body.length === 0) throw new Refusal(400, 'ERR failed to parse command')
  return body.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))
}

/**
 * @param {unknown} reply
 * @param {boolean} base64
 * @returns {unknown}
 */
function encode(reply, base64) {
  if (Array.isArray(reply)) return reply.map((part) => (part === 'OK' && base64 ? 'T0s=' : encode(part, base64)))
  if (reply === 'OK') return reply // a status at the top; Upstash leaves this one as it is
  if (reply instanceof ErrorReply) return encode(reply.message, base64)
  if (typeof reply === 'string') return base64 ? Buffer.from(reply).toString('base64') : reply
  if (Buffer.isBuffer(reply)) return reply.toString(base64 ? 'base64' : 'utf8')
  return reply
}

/** @param {import('node:http').IncomingMessage} request */
async function readJson(request) {
  /** @type {Buffer[]} */
  const chunks = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > MAX_BODY_BYTES) throw new Refusal(413, 'ERR max request size exceeded')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refusal(400, 'ERR failed to parse JSON request')
  }
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 */
function send(response, status, body) {
  if (response.destroyed) return
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
