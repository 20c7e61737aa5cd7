/** Who signs in for the length of a visit, and leaves nothing behind: no account, and no session. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { NoAnswer } from './site.mjs'

/** Before each try to leave. */
const PAUSES_MS = [0, 2_000, 5_000]
/** A request whose answer was lost may still be at work. */
const LOST_ANSWER_MS = 3_000

/** @typedef {import('./site.mjs').Answer} Answer */

export class Guest {
  email
  password
  /** Ids of the sessions that it has opened. @type {string[]} */
  #sessions = []
  #accessToken = ''
  #site
  /** Whether the account is the doctor's own, to be deleted. */
  #isOwn
  #mayRemain = false
  #isAnswerLost = false

  /**
   * @param {import('./site.mjs').Site} site
   * @param {{ email: string, password: string } | null} account somebody's account; null for one of the doctor's own
   */
  constructor(site, account) {
    this.#site = site
    this.#isOwn = account === null
    // A domain that takes no mail, and that nobody can have (RFC 2606).
    this.email = account?.email ?? `doctor-${randomBytes(9).toString('hex')}@example.com`
    this.password = account?.password ?? randomBytes(24).toString('base64url')
  }

  /** Opens the first session, with cookies as a browser gets them. @returns {Promise<Answer>} */
  arrive() {
    return this.#signIn(this.#isOwn ? '/api/auth/signup' : '/api/auth/login', {})
  }

  /**
   * Opens one more session, with these header fields.
   *
   * @param {Record<string, string>} headers
   * @returns {Promise<Answer>}
   */
  logIn(headers) {
    return this.#signIn('/api/auth/login', { delivery: 'body' }, headers)
  }

  /**
   * @param {string} path
   * @param {Record<string, string>} fields
   * @param {Record<string, string>} [headers]
   */
  async #signIn(path, fields, headers = {}) {
    const { email, password } = this
    const json = { email, password, ...fields }
    this.#mayRemain = true
    const answer = await this.#site.ask(path, { json, headers, hasToFinish: true }).catch((error) => {
      this.#isAnswerLost = true
      throw error
    })
    if (answer.json?.session?.id) this.#sessions.push(answer.json.session.id)
    const isRefused = answer.status >= 400 && answer.status < 500
    if (isRefused && this.#sessions.length === 0 && !this.#isAnswerLost) this.#mayRemain = false
    this.#accessToken = answer.json?.accessToken || accessTokenOf(answer.setCookies) || this.#accessToken
    return answer
  }

  /** The latest; empty before there is one. */
  get accessToken() {
    return this.#accessToken
  }

  /** As whom its requests come. */
  get authorization() {
    return { authorization: `Bearer ${this.#accessToken}` }
  }

  /**
   * Deletes the account, or of somebody's account ends the sessions that it has opened.
   *
   * @returns {Promise<string | null>} what was left and why; null: nothing
   */
  async leave() {
    if (!this.#mayRemain) return null
    if (this.#isAnswerLost) await sleep(LOST_ANSWER_MS)
    let reason = ''
    for (const pause of PAUSES_MS) {
      await sleep(pause)
      try {
        reason = await (this.#isOwn ? this.#deleteAccount() : this.#endSessions())
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        reason = error.message
      }
      if (reason === '') return null
    }
    return reason
  }

  /** @returns {Promise<string>} why not; empty when it is gone, or never was */
  async #deleteAccount() {
    const { email, password } = this
    if (this.#sessions.length === 0 || !this.#accessToken) {
      // What was lost was the answer, perhaps, and not the request.
      const answer = await this.logIn({})
      if (answer.status === 401) return ''
      if (answer.status !== 200) return `log-in answers ${answer.status}`
    }
    const options = { method: 'DELETE', json: { password }, headers: this.authorization, hasToFinish: true }
    const { status } = await this.#site.ask('/api/me', options)
    if (status === 204) return ''
    if (status === 401) this.#accessToken = ''
    return `DELETE /api/me of ${email} answers ${status}`
  }

  /** @returns {Promise<string>} why not; empty when all are over */
  async #endSessions() {
    // The one that asks goes last: with it goes the right to ask.
    for (const id of [...this.#sessions]) {
      const options = { method: 'DELETE', headers: this.authorization, hasToFinish: true }
      const { status } = await this.#site.ask(`/api/auth/sessions/${id}`, options)
      if (status !== 204) return `DELETE /api/auth/sessions/${id} answers ${status}`
      this.#sessions = this.#sessions.filter((each) => each !== id)
    }
    return this.#isAnswerLost ? 'the answer to a log-in was lost' : ''
  }
}

/** @param {string[]} setCookies */
function accessTokenOf(setCookies) {
  return setCookies.map((cookie) => /^(?:__Host-)?access=([^;]+)/.exec(cookie)?.[1]).find(Boolean)
}
