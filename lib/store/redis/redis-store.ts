import type { Redis } from '@upstash/redis/cloudflare'
import {
  type Accounts,
  type Links,
  MAX_SESSIONS,
  SESSION_KEPT_SECONDS,
  type Sessions,
  type Store,
} from '../contract.ts'
import { operationsOrUnavailable, orUnavailable } from '../deadline.ts'
import { fold } from '../fold.ts'
import { addressTerms, nameTerms } from '../search-terms.ts'
import { runCommand } from './client.ts'
import { type RedisKeys, redisKeys } from './keys.ts'
import {
  bit,
  encodeActivity,
  encodeBit,
  encodeLink,
  encodeSession,
  encodeUser,
  encodeValue,
  list,
  parseActivity,
  parseCredential,
  parseLink,
  parseSession,
  parseUser,
  text,
} from './records.ts'
import { redisSessionStore } from './redis-session-store.ts'
import { runScript } from './script.ts'
import type { Scripts } from './scripts.ts'

/** For how many seconds what has ended stays (a kept address, a link): Redis deletes by a clock of its own. */
const KEPT_AFTER_END = 86_400

/**
 * A store in Redis; `keys.ts` says what is where.
 *
 * @param redis shared with `redisLimits`, so that their commands travel together
 * @param scripts of `nameScripts`; named beforehand, since a command that waited for its name would miss that tick
 */
export function redisStore(redis: Redis, prefix: string, scripts: Scripts): Store {
  const keys = redisKeys(prefix)
  return {
    kind: 'redis',
    accounts: operationsOrUnavailable(redisAccounts(redis, scripts, keys)),
    sessions: {
      ...redisSessionStore(redis, prefix, scripts).sessions,
      ...operationsOrUnavailable(redisSessions(redis, scripts, keys)),
    },
    links: operationsOrUnavailable(redisLinks(redis, scripts, keys)),
    ping: () =>
      orUnavailable(async () => {
        await runCommand(() => redis.ping())
        return null
      }),
  }
}

function redisAccounts(redis: Redis, scripts: Scripts, keys: RedisKeys): Accounts {
  /** Where all is that belongs to one account. */
  function keysOf(userId: string, address: string): string[] {
    return [
      keys.address(address),
      keys.account(userId),
      keys.credential(userId),
      keys.sessions(userId),
      keys.activity(userId),
      keys.created,
      keys.terms,
    ]
  }

  return {
    async create({ user, address, passwordHash, session, activity }) {
      const created = await runScript(redis, scripts.create, keysOf(user.id, address), [
        user.id,
        user.createdAt,
        lines(addressTerms(user.email)),
        lines(nameTerms(user.name)),
        passwordHash,
        session.id,
        encodeSession(session),
        session.expiresAt + SESSION_KEPT_SECONDS,
        encodeActivity(activity),
        ...encodeUser(user),
      ])
      return bit(created) ? 'created' : 'email_taken'
    },

    async credentialByEmail(address) {
      const found = await runScript(redis, scripts.credentialByEmail, [keys.address(address)], [keys.credential('')])
      if (found === null) return null
      const [userId, ...credential] = list(found)
      return parseCredential(text(userId), credential)
    },

    async credentialById(userId) {
      const found = await runScript(redis, scripts.credentialById, [keys.credential(userId)], [])
      return found === null ? null : parseCredential(userId, found)
    },

    async rehash(userId, from, to) {
      return bit(await runScript(redis, scripts.rehash, [keys.credential(userId)], [from, to]))
    },

    async setPassword({ userId, from, passwordHash, keep, proven, now, activity }) {
      const ended = await runScript(
        redis,
        scripts.setPassword,
        [
          keys.credential(userId),
          keys.sessions(userId),
          keys.activity(userId),
          keys.account(userId),
          ...(proven === null ? [] : [keys.address(proven)]),
        ],
        [from, passwordHash, keep ?? '', now, encodeActivity(activity), userId],
      )
      return ended === null ? { outcome: 'refused' } : { outcome: 'changed', ended: list(ended).map(text) }
    },

    async verifyEmail(userId, address, activity) {
      const keysOfAccount = [keys.address(address), keys.account(userId), keys.activity(userId)]
      return bit(await runScript(redis, scripts.verifyEmail, keysOfAccount, [userId, encodeActivity(activity)]))
    },

    async changeEmail({ userId, version, from, to, now, activity }) {
      const outcome = await runScript(
        redis,
        scripts.changeEmail,
        [
          keys.address(fold(from)),
          keys.address(fold(to)),
          keys.account(userId),
          keys.credential(userId),
          keys.activity(userId),
          keys.terms,
        ],
        [
          userId,
          version,
          encodeValue(from),
          encodeValue(to),
          lines(addressTerms(to)),
          now,
          KEPT_AFTER_END,
          encodeActivity(activity),
        ],
      )
      if (outcome === 'changed' || outcome === 'email_taken' || outcome === 'refused') return outcome
      throw new Error('The store answered with an outcome that there is not')
    },

    async recover({ userId, from, to, passwordHash, now, activity }) {
      const ended = await runScript(
        redis,
        scripts.recover,
        [
          keys.address(fold(from)),
          keys.address(fold(to)),
          keys.account(userId),
          keys.credential(userId),
          keys.sessions(userId),
          keys.activity(userId),
          keys.terms,
        ],
        [
          userId,
          encodeValue(from),
          encodeValue(to),
          lines(addressTerms(to)),
          passwordHash,
          now,
          encodeActivity(activity),
        ],
      )
      return ended === null ? { outcome: 'refused' } : { outcome: 'recovered', ended: list(ended).map(text) }
    },

    async userById(userId) {
      const user = await runScript(redis, scripts.userById, [keys.account(userId)], [])
      return user === null ? null : parseUser(userId, user)
    },

    async updateUser(userId, { name }) {
      const user = await runScript(
        redis,
        scripts.updateUser,
        [keys.account(userId), keys.terms],
        [userId, encodeValue(name), lines(nameTerms(name))],
      )
      return user === null ? null : parseUser(userId, user)
    },

    async setAccess({ userId, by, roles, disabled, now, activity }) {
      const answer = await runScript(
        redis,
        scripts.setAccess,
        [keys.account(userId), keys.sessions(userId), keys.activity(userId), keys.account(by.userId)],
        [
          encodeBit(by.isNamed),
          roles === undefined ? '' : encodeValue(roles),
          disabled === undefined ? '' : encodeBit(disabled),
          now,
          encodeActivity(activity),
        ],
      )
      const [outcome, user, ended] = list(answer)
      if (outcome === 'unknown' || outcome === 'refused') return { outcome }
      return { outcome: 'changed', user: parseUser(userId, user), ended: list(ended).map(text) }
    },

    async delete(userId, address, from) {
      const now = Math.floor(Date.now() / 1_000)
      const ended = await runScript(redis, scripts.delete, keysOf(userId, address), [userId, from, now])
      return ended === null ? { outcome: 'refused' } : { outcome: 'deleted', ended: list(ended).map(text) }
    },

    async page({ prefix, after, limit }) {
      const answer = await runScript(
        redis,
        scripts.page,
        [keys.created, keys.terms],
        // One more than is asked for tells whether there is a next page.
        [prefix, after ? `${after.term}\n${after.id}` : '', limit + 1, keys.account('')],
      )
      const found = list(answer)
      const accounts = found.slice(0, limit).map((account) => {
        const [term, id, user] = list(account)
        return { position: { term: text(term), id: text(id) }, user: parseUser(text(id), user) }
      })
      const last = found.length > limit ? accounts.at(-1) : undefined
      return { users: accounts.map(({ user }) => user), next: last?.position ?? null }
    },

    async activity(userId) {
      const entries = await runCommand(() => redis.lrange(keys.activity(userId), 0, -1))
      return entries.map(parseActivity)
    },

    async appendActivity(userId, activity) {
      const keysOfActivity = [keys.account(userId), keys.activity(userId)]
      await runScript(redis, scripts.appendActivity, keysOfActivity, [encodeActivity(activity)])
    },
  }
}

function redisSessions(redis: Redis, scripts: Scripts, keys: RedisKeys): Omit<Sessions, 'advance' | 'get'> {
  return {
    async open(session, credentialVersion, activity) {
      const { id, userId, createdAt } = session
      const user = await runScript(
        redis,
        scripts.open,
        [keys.account(userId), keys.credential(userId), keys.sessions(userId), keys.activity(userId)],
        [
          id,
          encodeSession(session),
          createdAt,
          credentialVersion,
          MAX_SESSIONS,
          SESSION_KEPT_SECONDS,
          encodeActivity(activity),
        ],
      )
      return user === null ? { outcome: 'refused' } : { outcome: 'opened', user: parseUser(userId, user) }
    },

    async list(userId) {
      const sessions = await runCommand(() => redis.hvals(keys.sessions(userId)))
      return sessions.map(parseSession)
    },

    async revoke(userId, sessionId, now) {
      return bit(await runScript(redis, scripts.revoke, [keys.sessions(userId)], [sessionId, now]))
    },

    async revokeAll(userId, except, now, activity) {
      const ended = await runScript(
        redis,
        scripts.revokeAll,
        [keys.account(userId), keys.sessions(userId), keys.activity(userId)],
        [except ?? '', now, encodeActivity(activity)],
      )
      return list(ended).map(text)
    },
  }
}

function redisLinks(redis: Redis, scripts: Scripts, keys: RedisKeys): Links {
  return {
    async put(hash, link) {
      const fields = [link.expiresAt + KEPT_AFTER_END, ...encodeLink(link)]
      await runScript(redis, scripts.putLink, [keys.link(hash)], fields)
    },

    async get(hash, purpose, now) {
      const link = await runScript(redis, scripts.getLink, [keys.link(hash)], [purpose, now])
      return link === null ? null : parseLink(purpose, link)
    },

    async take(hash, purpose, now, proof = '') {
      const link = await runScript(redis, scripts.takeLink, [keys.link(hash)], [purpose, now, proof])
      return link === null ? null : parseLink(purpose, link)
    },
  }
}

function lines(terms: string[]): string {
  return terms.join('\n')
}
