/** The deployment that is looked at, over HTTP, as any client would see it. */

/** A hash may wait for its turn for 10 s. */
const TIMEOUT_MS = 20_000

/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {Headers} headers
 * @property {string[]} setCookies
 * @property {string} text
 * @property {any} json undefined where the answer is none
 * @property {number} sentAt when it was asked for, in milliseconds since the epoch
 * @property {number} receivedAt
 * @property {number} milliseconds from the one to the other
 */

/** No answer: the message says why. */
export class NoAnswer extends Error {
  name = 'NoAnswer'
}

export class Site {
  /** Without a slash at its end. */
  origin
  /** Plain http on this machine: nothing stands between it and its clients. */
  isLocal
  isSecure
  /** @type {AbortSignal} */
  #stop

  /**
   * @param {URL} url
   * @param {AbortSignal} stop ends what is being asked, when it may be
   */
  constructor(url, stop) {
    this.origin = url.origin
    this.isLocal = url.protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname)
    this.isSecure = url.protocol === 'https:'
    this.#stop = stop
  }

  /**
   * Asks, and follows no redirect.
   *
   * @param {string} path
   * @param {{ method?: string, json?: unknown, headers?: Record<string, string>, hasToFinish?: boolean }} [options]
   *   `hasToFinish`: also when everything is to stop
   * @returns {Promise<Answer>}
   * @throws {NoAnswer}
   */
  async ask(path, { method, json, headers = {}, hasToFinish = false } = {}) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    const [sentAt, start] = [Date.now(), performance.now()]
    try {
      const response = await fetch(new URL(path, this.origin), {
        method: method ?? (json === undefined ? 'GET' : 'POST'),
        headers: {
          'user-agent': 'gatehouse-doctor',
          ...(json === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: json === undefined ? null : JSON.stringify(json),
        redirect: 'manual',
        signal: hasToFinish ? timeout : AbortSignal.any([timeout, this.#stop]),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        setCookies: response.headers.getSetCookie(),
        text,
        json: parseJson(response.headers, text),
        sentAt,
        receivedAt: Date.now(),
        milliseconds: performance.now() - start,
      }
    } catch (error) {
      this.#stop.throwIfAborted()
      throw new NoAnswer(reasonOf(error))
    }
  }
}

/**
 * @param {Headers} headers
 * @param {string} text
 */
function parseJson(headers, text) {
  if (!/json/.test(headers.get('content-type') ?? '')) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined // says what it is not: whoever looks for a field finds none
  }
}

/** @param {unknown} error */
function reasonOf(error) {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `nothing within ${TIMEOUT_MS / 1_000} s`
  const { cause } = error
  return cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : error.message
}

/** What a refusal says, in a few words. @param {Answer} answer */
export function describe({ status, json }) {
  return [status, json?.code, json?.detail].filter(Boolean).join(' ')
}
