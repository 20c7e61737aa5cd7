import { encode } from 'jose/base64url'
import { describe, expect, it } from 'vitest'
import { type Environment, parseSettings, SettingsError } from '../../lib/env.ts'
import { aPrivateJwk, aSecret } from '../support/keys.ts'

const jwk = await aPrivateJwk('first')
const other = await aPrivateJwk('other')
const secret = encode(aSecret())
const olderSecret = encode(aSecret())

const USER_ID = 'A'.repeat(22)
const OTHER_ID = `${'b'.repeat(20)}-_`

/** What every deployment sets. */
const NEEDED = { AUTH_KEYS: JSON.stringify([jwk]), AUTH_SECRET: secret }

const ALL = [
  'UPSTASH_REDIS_REST_URL',
  'UPSTASH_REDIS_REST_TOKEN',
  'KV_REST_API_URL',
  'KV_REST_API_TOKEN',
  'AUTH_KEYS',
  'AUTH_SECRET',
  'AUTH_ISSUER',
  'AUTH_ACCESS_TTL',
  'AUTH_SESSION_TTL',
  'AUTH_SESSION_TTL_REMEMBER',
  'AUTH_SESSION_IDLE',
  'AUTH_REFRESH_GRACE',
  'AUTH_ROLES',
  'AUTH_ADMIN_IDS',
  'AUTH_ADMIN_EMAILS',
  'AUTH_PASSWORD_ITERATIONS',
  'AUTH_HASHER',
  'AUTH_LIMIT_LOGIN_IP',
  'AUTH_LIMIT_LOGIN_ACCOUNT',
  'AUTH_LIMIT_SIGNUP_IP',
  'AUTH_LIMIT_FORGOT_IP',
  'AUTH_LIMIT_FORGOT_ACCOUNT',
  'AUTH_LIMIT_REFRESH',
  'AUTH_TRUSTED_PROXY',
]

function parse(given: Environment) {
  return parseSettings({ ...NEEDED, ...given })
}

/** The message, a problem a line. */
function problemsOf(environment: Environment): string[] {
  try {
    parseSettings(environment)
  } catch (error) {
    if (error instanceof SettingsError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('settings', () => {
  it('have the defaults of the contract', () => {
    expect(parse({})).toEqual({
      redis: null,
      keys: [jwk],
      secrets: [expect.any(Uint8Array)],
      issuer: null,
      sessionPolicy: {
        accessTtl: 600,
        sessionTtl: 86_400,
        rememberedSessionTtl: 2_592_000,
        sessionIdle: 1_209_600,
        refreshGrace: 30,
        refreshLimit: { limit: 60, window: 60 },
      },
      limitPolicy: {
        loginIp: { limit: 20, window: 60 },
        loginAccount: { limit: 10, window: 900 },
        signupIp: { limit: 10, window: 3_600 },
        forgotIp: { limit: 10, window: 3_600 },
        forgotAccount: { limit: 3, window: 3_600 },
      },
      rolePolicy: { roles: ['user', 'admin'], adminIds: new Set(), adminAddresses: new Set() },
      passwordIterations: 600_000,
      hasher: null,
      trustedProxy: null,
    })
  })

  it('are all read', () => {
    const settings = parse({
      UPSTASH_REDIS_REST_URL: 'https://redis.example.com',
      UPSTASH_REDIS_REST_TOKEN: 'token',
      AUTH_KEYS: JSON.stringify([jwk, other]),
      AUTH_SECRET: `${secret}, ${olderSecret}`,
      AUTH_ISSUER: 'https://auth.example.com/',
      AUTH_ACCESS_TTL: '5m',
      AUTH_SESSION_TTL: '90s',
      AUTH_SESSION_TTL_REMEMBER: '365d',
      AUTH_SESSION_IDLE: '2h',
      AUTH_REFRESH_GRACE: '1s',
      AUTH_ROLES: 'editor,read-only_2, user',
      AUTH_ADMIN_IDS: `${USER_ID} , ${OTHER_ID}`,
      AUTH_ADMIN_EMAILS: 'Ada@Example.com,\uff47race@example.com',
      AUTH_PASSWORD_ITERATIONS: '100000',
      AUTH_HASHER: 'durable',
      AUTH_LIMIT_LOGIN_IP: '1/1s',
      AUTH_LIMIT_LOGIN_ACCOUNT: '2/2m',
      AUTH_LIMIT_SIGNUP_IP: '3/3h',
      AUTH_LIMIT_REFRESH: '4/4d',
      AUTH_LIMIT_FORGOT_IP: '5/5m',
      AUTH_LIMIT_FORGOT_ACCOUNT: '6/6h',
      AUTH_TRUSTED_PROXY: 'vercel',
    })
    expect(settings).toMatchObject({
      redis: { url: 'https://redis.example.com', token: 'token' },
      keys: [{ kid: 'first' }, { kid: 'other' }],
      issuer: 'https://auth.example.com',
      sessionPolicy: {
        accessTtl: 300,
        sessionTtl: 90,
        rememberedSessionTtl: 31_536_000,
        sessionIdle: 7_200,
        refreshGrace: 1,
        refreshLimit: { limit: 4, window: 345_600 },
      },
      limitPolicy: {
        loginIp: { limit: 1, window: 1 },
        loginAccount: { limit: 2, window: 120 },
        signupIp: { limit: 3, window: 10_800 },
        forgotIp: { limit: 5, window: 300 },
        forgotAccount: { limit: 6, window: 21_600 },
      },
      rolePolicy: {
        roles: ['user', 'admin', 'editor', 'read-only_2'],
        adminIds: new Set([USER_ID, OTHER_ID]),
        adminAddresses: new Set(['ada@example.com', 'grace@example.com']),
      },
      passwordIterations: 100_000,
      hasher: 'durable',
      trustedProxy: 'vercel',
    })
    expect(settings.secrets.map((value) => encode(value))).toEqual([secret, olderSecret])
  })

  it('that are empty, or spaces, are none', () => {
    const empty = Object.fromEntries(ALL.map((name) => [name, ' ']))
    expect(parseSettings({ ...empty, ...NEEDED })).toEqual(parse({}))
    expect(problemsOf({ ...empty, AUTH_SECRET: secret })).toEqual([expect.stringMatching(/^AUTH_KEYS is missing: /)])
  })

  it('may have spaces around them', () => {
    expect(parse({ AUTH_ACCESS_TTL: ' 5m\n', AUTH_TRUSTED_PROXY: ' none ' })).toMatchObject({ trustedProxy: 'none' })
  })

  it('name the Redis of the Vercel integration too, after Upstash’s own names', () => {
    const kv = { KV_REST_API_URL: 'https://kv.example.com', KV_REST_API_TOKEN: 'kv' }
    const upstash = { UPSTASH_REDIS_REST_URL: 'https://redis.example.com', UPSTASH_REDIS_REST_TOKEN: 'redis' }
    expect(parse(kv).redis).toEqual({ url: 'https://kv.example.com', token: 'kv' })
    expect(parse({ ...kv, ...upstash }).redis).toEqual({ url: 'https://redis.example.com', token: 'redis' })
  })
})

describe('a setting that is missing', () => {
  it.each(['AUTH_KEYS', 'AUTH_SECRET'])('is named: %s', (name) => {
    expect(problemsOf({ ...NEEDED, [name]: undefined })).toEqual([
      expect.stringMatching(new RegExp(`^${name} is missing: it must be .*npm run keys`)),
    ])
  })

  it.each([
    ['UPSTASH_REDIS_REST_TOKEN', { UPSTASH_REDIS_REST_URL: 'https://redis.example.com' }],
    ['UPSTASH_REDIS_REST_URL', { UPSTASH_REDIS_REST_TOKEN: 'token' }],
    ['KV_REST_API_TOKEN', { KV_REST_API_URL: 'https://redis.example.com' }],
    ['KV_REST_API_URL', { KV_REST_API_TOKEN: 'token' }],
  ])('is named: the other half %s', (name, half) => {
    expect(problemsOf({ ...NEEDED, ...half })).toEqual([
      expect.stringMatching(new RegExp(`${name}.*go together|go together.*${name}`)),
    ])
  })

  it('is named with all others that are missing or wrong', () => {
    const problems = problemsOf({ AUTH_ISSUER: 'nowhere', AUTH_ACCESS_TTL: 'soon' })
    expect(problems).toHaveLength(4)
    for (const name of ['AUTH_KEYS', 'AUTH_SECRET', 'AUTH_ISSUER', 'AUTH_ACCESS_TTL']) {
      expect(
        problems.filter((line) => line.startsWith(name)),
        name,
      ).toHaveLength(1)
    }
  })
})

const { d, ...publicJwk } = jwk
const DURATIONS = ['10', 'm', '0m', '-1m', '+1m', '1.5h', '10 m', '10M', '1w', '1e3s', '10m10s', '99999999s']
const LIMITS = ['20', '/1m', '20/', '0/1m', '-1/1m', '20/0m', '20/1', '20/1m/1m', '1.5/1m', '20 per 1m', '1e3/1m']

const WRONG: Record<string, string[]> = {
  UPSTASH_REDIS_REST_URL: [
    'redis.example.com',
    'redis://redis.example.com',
    'https://redis.example.com?a',
    'https://a:b@redis.example.com',
  ],
  KV_REST_API_URL: ['/redis'],
  UPSTASH_REDIS_REST_TOKEN: ['to ken'],
  KV_REST_API_TOKEN: ['to\nken'],
  AUTH_KEYS: [
    'none',
    '{}',
    '[]',
    'null',
    '[null]',
    JSON.stringify(jwk),
    JSON.stringify([publicJwk]),
    JSON.stringify([{ ...jwk, kid: undefined }]),
    JSON.stringify([{ ...jwk, kid: '' }]),
    JSON.stringify([{ ...jwk, kid: 7 }]),
    JSON.stringify([{ ...jwk, crv: 'P-384' }]),
    JSON.stringify([{ ...jwk, kty: 'RSA' }]),
    JSON.stringify([{ ...jwk, x: `${jwk.x}A` }]),
    JSON.stringify([{ ...jwk, d: `${d.slice(1)}=` }]),
    JSON.stringify([jwk, { ...other, kid: 'first' }]),
    JSON.stringify([jwk, publicJwk]),
  ],
  AUTH_SECRET: [
    'short',
    encode(new Uint8Array(31)),
    `${secret}!`,
    `${secret.slice(0, -1)}+`,
    `${secret},`,
    `,${secret}`,
    `${secret},short`,
    `${secret},${secret}`,
  ],
  AUTH_ISSUER: [
    'auth.example.com',
    '//auth.example.com',
    'javascript:alert(1)',
    'ftp://auth.example.com',
    'https://auth.example.com?a=b',
    'https://auth.example.com#a',
    'https://ada@auth.example.com',
    'https://:secret@auth.example.com',
  ],
  AUTH_ACCESS_TTL: DURATIONS,
  AUTH_SESSION_TTL: DURATIONS,
  AUTH_SESSION_TTL_REMEMBER: DURATIONS,
  AUTH_SESSION_IDLE: DURATIONS,
  AUTH_REFRESH_GRACE: DURATIONS,
  AUTH_LIMIT_LOGIN_IP: LIMITS,
  AUTH_LIMIT_LOGIN_ACCOUNT: LIMITS,
  AUTH_LIMIT_SIGNUP_IP: LIMITS,
  AUTH_LIMIT_REFRESH: LIMITS,
  AUTH_LIMIT_FORGOT_IP: LIMITS,
  AUTH_LIMIT_FORGOT_ACCOUNT: LIMITS,
  AUTH_ROLES: ['Editor', 'ed itor', 'editor;viewer', 'editor,', ',editor', '1st', 'é', `a${'b'.repeat(32)}`],
  AUTH_ADMIN_IDS: ['ada@example.com', 'A'.repeat(21), 'A'.repeat(23), `${'A'.repeat(21)}+`, `${USER_ID},`],
  AUTH_ADMIN_EMAILS: ['ada', 'ada@', '@example.com', 'ada@b@example.com', 'ada@example.com,', 'a da@example.com'],
  AUTH_PASSWORD_ITERATIONS: ['0', '99999', '-600000', '600_000', '6e5', '600000.5', '0600000', '0x927c0', '600000000'],
  AUTH_HASHER: ['worker', 'INLINE', 'inline,durable'],
  AUTH_TRUSTED_PROXY: ['nginx', 'x-forwarded-for', 'Cloudflare', 'toString'],
}

it('a setting that Wrangler reads as no text is taken as it is meant, or refused by name', () => {
  expect(parseSettings({ ...NEEDED, AUTH_PASSWORD_ITERATIONS: 700_000 }).passwordIterations).toBe(700_000)
  expect(problemsOf({ ...NEEDED, AUTH_KEYS: [jwk] })).toEqual([
    expect.stringMatching(/^AUTH_KEYS must be a JSON array /),
  ])
})

describe('a setting that is wrong', () => {
  it('is covered below, whichever it is', () => {
    expect(Object.keys(WRONG).sort()).toEqual(ALL.toSorted())
  })

  it.each(Object.entries(WRONG))('is named, and told what it must be: %s', (name, values) => {
    const partners = { UPSTASH_REDIS_REST_URL: 'https://redis.example.com', UPSTASH_REDIS_REST_TOKEN: 'token' }
    const vercel = { KV_REST_API_URL: 'https://redis.example.com', KV_REST_API_TOKEN: 'token' }
    for (const value of values) {
      const environment = { ...NEEDED, ...partners, ...vercel, [name]: value }
      expect(problemsOf(environment), value).toEqual([
        expect.stringMatching(new RegExp(`^${name} must (?:be|not have) `)),
      ])
    }
  })

  it('is not shown: its value may be a secret', () => {
    const marked = Object.fromEntries(ALL.map((name) => [name, 'hunter2 !']))
    const problems = problemsOf(marked)
    expect(problems.map((line) => line.split(' ', 1)[0])).toEqual(expect.arrayContaining(ALL))
    expect(problems).toHaveLength(ALL.length)
    expect(problems.join('\n')).not.toContain('hunter2')
  })
})
