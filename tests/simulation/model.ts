/** The rules of sessions as a small program of their own, without a store, a driver or a key. */
import type { Advance, UnixSeconds } from '../../lib/store/contract.ts'
import { NOW } from '../support/builders.ts'
import { ACCESS_TTL, type Client, type End, GRACE, IDLE, REFRESH_LIMIT, SESSION_TTL, type Service } from './service.ts'

interface Family {
  parent: number
  current: number
  advancedAt: UnixSeconds
  ended: boolean
  count: { window: number; current: number; previous: number }
}

interface Account {
  state: 'active' | 'disabled' | 'deleted'
  families: [Family, Family]
}

const EXPIRES_AT = NOW + SESSION_TTL

/** Its tokens are `<client>.<number>`, and it does not know of forgeries. */
export function aModel(): Service {
  let account: Account = { state: 'active', families: [aFamily(), aFamily()] }
  let copied = structuredClone(account)

  return {
    first: ['0.1', '1.1'],

    async present(token, at, fault) {
      if (fault === 'before') return { outcome: null, number: null, issued: null }
      const [client, presented = 0] = token.split('.').map(Number)
      const family = account.families[client === 0 ? 0 : 1]
      const outcome = account.state === 'active' ? advance(family, presented, at) : 'unknown'
      const isRenewed = outcome === 'advanced' || outcome === 'repeated' || outcome === 'reissued'
      if (!isRenewed) return { outcome, number: null, issued: null }
      const number = family.current
      if (fault === 'after') return { outcome, number, issued: null }
      return {
        outcome,
        number,
        issued: { token: `${client}.${number}`, number, accessUntil: Math.min(at + ACCESS_TTL, EXPIRES_AT) },
      }
    },

    async end(how, client, _at, fault) {
      if (fault !== 'before') {
        for (const ended of endedBy(how, client)) account.families[ended].ended = true
        if (how === 'delete') account.state = 'deleted'
        if (how === 'disable' && account.state === 'active') account.state = 'disabled'
        if (how === 'enable' && account.state === 'disabled') account.state = 'active'
      }
      if (fault !== 'none') throw new Error('The store is out of reach')
    },

    async copy() {
      copied = structuredClone(account)
    },
    async failOver() {
      account = structuredClone(copied)
    },
    refusesForged: async () => true,
    holdsSecrets: async () => false,
  }
}

/** Whose sessions end. */
export function endedBy(how: End, client: Client): Client[] {
  switch (how) {
    case 'logout':
      return [client]
    case 'others':
    case 'password':
      return [client === 0 ? 1 : 0]
    case 'everywhere':
    case 'disable':
    case 'delete':
      return [0, 1]
    case 'enable':
      return []
  }
}

function aFamily(): Family {
  return { parent: 0, current: 1, advancedAt: NOW, ended: false, count: { window: 0, current: 0, previous: 0 } }
}

/** The table of `Sessions.advance`. */
function advance(family: Family, presented: number, at: UnixSeconds): Advance['outcome'] {
  if (family.ended) return 'revoked'
  if (at >= EXPIRES_AT || at - family.advancedAt >= IDLE) return 'expired'
  if (!take(family, at)) return 'limited'
  if (presented < family.current && presented !== family.parent) {
    family.ended = true
    return 'reused'
  }
  if (presented >= family.current) {
    Object.assign(family, { parent: presented, current: presented + 1, advancedAt: at })
    return 'advanced'
  }
  if (at - family.advancedAt <= GRACE) return 'repeated'
  Object.assign(family, { current: family.current + 1, advancedAt: at })
  return 'reissued'
}

function take({ count }: Family, at: UnixSeconds): boolean {
  const { limit, window: length } = REFRESH_LIMIT
  const window = Math.floor(at / length)
  const previous = count.window === window ? count.previous : count.window === window - 1 ? count.current : 0
  const current = count.window === window ? count.current : 0
  if (Math.floor((1 - (at % length) / length) * previous) + current >= limit) return false
  Object.assign(count, { window, current: current + 1, previous })
  return true
}
