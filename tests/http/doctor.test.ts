/** `npm run doctor` on a healthy deployment, and on ones with each thing broken. */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { companionVersion } from '../../scripts/lib/companion.mjs'
import { checkCap, checkHashCost } from '../../scripts/lib/doctor/passwords.mjs'
import { checkSettings } from '../../scripts/lib/doctor/settings.mjs'
import { Site } from '../../scripts/lib/doctor/site.mjs'
import { checkCompanion, checkStore } from '../../scripts/lib/doctor/store.mjs'
import { checkClock, checkHttps } from '../../scripts/lib/doctor/transport.mjs'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import { type BareTool, startCompanion, startNext, startPages, waitForAnswer } from '../support/bare-tools.ts'
import {
  type Instance,
  makeDataFolder,
  PROFILES,
  ROOT,
  type Settings,
  sharedInstance,
  startInstance,
} from '../support/instances.ts'
import { type RedisBackend, startRedisBackend } from '../support/redis-backend.ts'
import { type RedisLine, startRedisLine } from '../support/redis-line.ts'
import { aMember, aVisitor, PASSWORD } from './support/app.ts'
import { type Mischief, type Passing, startDeployment } from './support/deployment.ts'
import { mailWith, startMailing } from './support/mailing.ts'

const NEXT = 'next start with Redis'
const OWN_VARIABLES = /^(AUTH|UPSTASH|KV|RESEND|POSTMARK|GATEHOUSE)_|^PORT$/
const TIMEOUT_MS = 120_000
/** For tests that have something in common which they change; those of other groups go on meanwhile. */
const IN_TURN = { concurrent: false }

interface Visit {
  code: number | null
  output: string
  /** Those that begin with one of the marks. */
  lines: string[]
}

const folder = makeDataFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The doctor as a user runs it. @param variables all that it gets of Gatehouse's own */
function launchDoctor(args: string[], variables: Settings = {}) {
  const others = Object.entries(process.env).filter(([name]) => !OWN_VARIABLES.test(name))
  const child = spawn(process.execPath, ['scripts/run.mjs', 'doctor', ...args], {
    cwd: ROOT,
    env: { ...Object.fromEntries(others), NO_COLOR: '1', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  const done = new Promise<Visit>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, output, lines: output.split('\n').filter((line) => /^[✓!✗–] /.test(line)) }),
    )
  })
  return { child, done }
}

function runDoctor(args: string[], variables: Settings = {}): Promise<Visit> {
  return launchDoctor(args, variables).done
}

interface Going {
  mischief?: Mischief
  args?: string[]
  variables?: Settings
}

/** The doctor at a deployment of `instance` whose certificate it trusts. */
async function visit(instance: { url: string }, { mischief, args = [], variables = {} }: Going = {}): Promise<Visit> {
  const { url, certificate, stop } = await startDeployment(instance, mischief)
  try {
    return await runDoctor([url, ...args], { NODE_EXTRA_CA_CERTS: certificate, ...variables })
  } finally {
    await stop()
  }
}

/** Variables in a file, as a deployment's would be given to the doctor. */
function aFileOf(variables: Settings, quote = "'"): string {
  const path = join(folder, `${crypto.randomUUID()}.env`)
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quote}${value}${quote}\n`)
  writeFileSync(path, lines.join(''))
  return path
}

function linesOf({ lines }: Visit, title: string): string[] {
  return lines.filter((line) => line.slice(2).startsWith(`${title}  `))
}

const only = (path: string, change: (answer: Passing) => void) => (answer: Passing) => {
  if (answer.path === path) change(answer)
}

const changeCookies =
  (change: (cookie: string) => string) =>
  ({ fields }: Passing) => {
    const cookies = fields['set-cookie']
    if (Array.isArray(cookies)) fields['set-cookie'] = cookies.map(change)
  }

/** Asks whether the account that was signed up with this body is still there. */
async function canLogIn({ url }: { url: string }, signUp: string): Promise<number> {
  const { email, password } = JSON.parse(signUp)
  return (await aVisitor({ url }).post('/api/auth/login', { email, password })).status
}

describe.concurrent('npm run doctor, at a deployment', { timeout: TIMEOUT_MS }, () => {
  let instance: { url: string }
  beforeAll(async () => {
    instance = await sharedInstance(NEXT)
  })

  it('finds nothing wrong where nothing is, says what it could not see, and exits with 0', async () => {
    const found = await visit(instance)
    expect(found.lines.filter((line) => line.startsWith('✗'))).toEqual([])
    expect(found.code).toBe(0)
    for (const title of [
      'HTTPS',
      'HSTS',
      'Security headers',
      'Content policy',
      'Caching',
      'Other sites',
      'Key set',
      'Store',
      'PBKDF2 cap',
      'Cookies',
      'Session',
      'Access token',
      'Clock',
      'Clock of tokens',
      'Client address',
      'Limits',
    ]) {
      expect(linesOf(found, title), title).toEqual([expect.stringMatching(/^✓/)])
    }
    for (const title of ['Settings', 'Durability', 'Companion Worker']) {
      expect(linesOf(found, title), title).toEqual([expect.stringMatching(/^–.*not checked/)])
    }
    expect(linesOf(found, 'Mail')).toEqual([expect.stringMatching(/^! .*none/)])
    expect(found.output).toMatch(/\n\d+ worth a look, \d+ fine, 3 not checked\n$/)
  })

  it.each([
    ['ours', "'"],
    ['those of `vercel env pull`, with quotes in quotes', '"'],
  ])('reads the settings of the deployment from a file that is named, like %s', async (_, quote) => {
    const found = await visit(instance, { variables: { GATEHOUSE_ENV_FILE: aFileOf(await makeKeys(), quote) } })
    expect(linesOf(found, 'Settings')).toEqual([expect.stringMatching(/^! .*AUTH_ISSUER is not set/)])
    expect(linesOf(found, 'Key set')).toEqual([expect.stringMatching(/^✗ .*lacks a key of AUTH_KEYS/)])
    expect(found.code).toBe(1)
  })

  const strip = (name: string, path: RegExp): Mischief => ({
    answer(answer) {
      if (path.test(answer.path)) delete answer.fields[name]
    },
  })
  const broken: [what: string, line: RegExp, mischief: Mischief][] = [
    ['plain http that is answered', /^✗ HTTPS .*answers 200/, { carriesPlain: true }],
    ['no HSTS', /^✗ HSTS .*missing/, strip('strict-transport-security', /./)],
    [
      'a header less',
      /^✗ Security headers .*\/login has no x-content-type-options/,
      strip('x-content-type-options', /^\/login/),
    ],
    ['no content policy', /^✗ Content policy .*pages have none/, strip('content-security-policy', /^\/login/)],
    [
      'a policy that lets any script run',
      /^✗ Content policy .*need no nonce/,
      {
        answer: only('/login', ({ fields }) => {
          fields['content-security-policy'] = "script-src 'self' 'unsafe-inline'; frame-ancestors 'none'"
        }),
      },
    ],
    [
      'a cache that keeps pages',
      /^✗ Content policy .*two answers have one nonce/,
      {
        answer: only('/login', ({ fields }) => {
          fields['content-security-policy'] = "script-src 'nonce-x' 'strict-dynamic'; frame-ancestors 'none'"
        }),
      },
    ],
    [
      'a cache that keeps what is under /api',
      /^✗ Caching .*public, max-age=60/,
      {
        answer: only('/api/auth/session', ({ fields }) => {
          fields['cache-control'] = 'public, max-age=60'
        }),
      },
    ],
    [
      'a clock that is behind',
      /^✗ Clock .* (5\d|60) s behind/,
      {
        answer({ fields }) {
          fields.date = new Date(Date.parse(`${fields.date}`) - 60_000).toUTCString()
        },
      },
    ],
    [
      'a key set that is not to be had',
      /^✗ Key set .*answers 404/,
      {
        answer: only('/.well-known/jwks.json', (answer) => {
          answer.status = 404
        }),
      },
    ],
    [
      'a key set that shows a private key',
      /^✗ Key set .*private key/,
      {
        answer: only('/.well-known/jwks.json', (answer) => {
          answer.body = answer.body.replace('"kid"', '"d":"x","kid"')
        }),
      },
    ],
    [
      'a key set of another deployment',
      /^✗ Access token .*does not verify/,
      {
        answer: only('/.well-known/jwks.json', (answer) => {
          answer.body = answer.body.replace(/"kid":"/, '$&other-')
        }),
      },
    ],
    [
      'cookies without Secure',
      /^✗ Cookies .*__Host-access lacks secure/,
      { answer: changeCookies((cookie) => cookie.replace('; Secure', '')) },
    ],
    [
      'cookies that go to all hosts of the domain',
      /^✗ Cookies .*has domain=/,
      { answer: changeCookies((cookie) => `${cookie}; Domain=example.com`) },
    ],
    [
      'a proxy that does not tell of https',
      /^✗ Cookies .*lacks the prefix __Host-/,
      {
        request(fields) {
          fields['x-forwarded-proto'] = 'http'
        },
      },
    ],
    [
      'cookies that do not get through',
      /^✗ Session .*not known by their cookies/,
      {
        request(fields) {
          delete fields.cookie
        },
      },
    ],
    [
      'an address that clients choose',
      /^✗ Client address .*whoever sends cf-connecting-ip chooses/,
      {
        request(fields, sent) {
          if (sent['cf-connecting-ip']) fields['cf-connecting-ip'] = sent['cf-connecting-ip']
        },
      },
    ],
    [
      'no address of the client',
      /^✗ Client address .*not known/,
      {
        request(fields) {
          delete fields['cf-connecting-ip']
        },
      },
    ],
    [
      'the address of a proxy in the place of the client’s',
      /^✗ Client address .*10\.0\.0\.9 is taken for ours/,
      {
        request(fields) {
          fields['cf-connecting-ip'] = '10.0.0.9'
        },
      },
    ],
    [
      'no word of where changes come from',
      /^✗ Other sites .*answered 204, not 403/,
      {
        request(fields) {
          delete fields.origin
        },
      },
    ],
    [
      'another host than clients ask for',
      /^✗ Other sites .*forms of the site itself are refused/,
      {
        request(fields) {
          fields.host = 'inner.example'
        },
      },
    ],
    [
      'a plan whose CPU time does not suffice',
      /^✗ Sign-in .*answers 503: the platform ended it/,
      {
        answer: only('/api/auth/signup', (answer) => {
          Object.assign(answer, { status: 503, fields: { 'content-type': 'text/html' }, body: 'error code: 1102' })
        }),
      },
    ],
    [
      'a sign-in that fails',
      /^✗ Sign-in .*500 internal_error/,
      {
        answer: only('/api/auth/signup', (answer) => {
          Object.assign(answer, { status: 500, body: '{"code":"internal_error"}' })
        }),
      },
    ],
  ]
  it.each(broken)('finds %s, tells a remedy, and exits with 1', async (_what, line, mischief) => {
    const signUps: string[] = []
    const found = await visit(instance, {
      mischief: {
        ...mischief,
        async answer(answer) {
          if (answer.path === '/api/auth/signup') signUps.push(answer.sent)
          await mischief.answer?.(answer)
        },
      },
    })
    expect(found.lines).toContainEqual(expect.stringMatching(line))
    expect(found.output).toMatch(new RegExp(`${line.source}.*\n +→ \\w`, 'm'))
    expect(found.code).toBe(1)
    for (const signUp of signUps) expect(await canLogIn(instance, signUp)).toBe(401)
  })

  it('takes a short HSTS, and an address that is limited, for worth a look', async () => {
    const found = await visit(instance, {
      mischief: {
        answer(answer) {
          answer.fields['strict-transport-security'] = 'max-age=3600'
          if (answer.path !== '/api/auth/signup') return
          answer.status = 429
          answer.fields['retry-after'] = '77'
        },
        request(fields, _sent, path) {
          if (path === '/api/auth/signup') fields['content-type'] = 'text/plain' // so that none comes about
        },
      },
    })
    expect(linesOf(found, 'HSTS')).toEqual([expect.stringMatching(/^! .*only 3600 s/)])
    expect(linesOf(found, 'Sign-in')).toEqual([expect.stringMatching(/^! .*too many attempts.*again in 77 s/)])
    expect(found.code).toBe(0)
  })

  it('says what it could not see for log-ins that are limited, as after another visit', async () => {
    const found = await visit(instance, {
      mischief: {
        answer: only('/api/auth/login', (answer) => {
          answer.status = 429
        }),
        request(fields, _sent, path) {
          if (path === '/api/auth/login') fields['content-type'] = 'text/plain' // so that nobody is logged in
        },
      },
    })
    expect(linesOf(found, 'Client address')).toEqual([expect.stringMatching(/^– .*too many log-ins/)])
    expect(linesOf(found, 'Access token')).toEqual([expect.stringMatching(/^✓/)])
    expect(linesOf(found, 'Limits')).toEqual([expect.stringMatching(/^✓ .*stopped after 0/)])
    expect(found.code).toBe(0)
  })

  it('leaves nothing behind when it is interrupted', async () => {
    let interrupt = () => {}
    let signUp = ''
    const deployment = await startDeployment(instance, {
      answer: only('/api/auth/signup', ({ sent }) => {
        signUp = sent
        interrupt()
      }),
    })
    const { child, done } = launchDoctor([deployment.url], { NODE_EXTRA_CA_CERTS: deployment.certificate })
    interrupt = () => child.kill('SIGINT')
    const { code, output } = await done
    await deployment.stop()
    expect(output).toMatch(/\nInterrupted\.\n$/)
    expect(code).toBe(1)
    expect(await canLogIn(instance, signUp)).toBe(401)
  })

  it('leaves nothing behind when the answer to its sign-up is lost', async () => {
    let signUp = ''
    const found = await visit(instance, {
      mischief: {
        answer: only('/api/auth/signup', ({ sent }) => {
          signUp = sent
          throw new Error('lost')
        }),
      },
    })
    expect(linesOf(found, 'Sign-in')).toEqual([expect.stringMatching(/^✗ .*no answer/)])
    expect(found.code).toBe(1)
    expect(await canLogIn(instance, signUp)).toBe(401)
  })

  it('tells which account it could not delete, and how to', async () => {
    let signUp = ''
    const found = await visit(instance, {
      mischief: {
        answer(answer) {
          if (answer.path === '/api/auth/signup') signUp = answer.sent
        },
        request(fields, _sent, path) {
          if (path === '/api/me') fields.origin = 'https://other-site.example'
        },
      },
    })
    const { email, password } = JSON.parse(signUp)
    expect(linesOf(found, 'Tidying up')).toEqual([expect.stringContaining(email)])
    expect(found.output).toContain(password)
    expect(found.code).toBe(1)
  })

  it('says that there is no Gatehouse where something else answers', async () => {
    const { code, output } = await visit(instance, {
      mischief: {
        answer(answer) {
          Object.assign(answer, { status: 401, fields: { 'content-type': 'text/html' }, body: 'Who are you?' })
        },
      },
    })
    expect(output).toMatch(/There is no Gatehouse at https:\/\/localhost:\d+: .*401/)
    expect(code).toBe(1)
  })

  it('says that nothing answers where nothing does', async () => {
    const { code, output } = await runDoctor([`http://localhost:${await freePort()}`])
    expect(output).toMatch(/does not answer: .*ECONNREFUSED/)
    expect(code).toBe(1)
  })

  it.each([[['nonsense']], [['ftp://example.com']], [['https://a.example', 'https://b.example']], [['--nonsense']]])(
    'tells its usage for %j',
    async (args) => {
      const { code, output } = await runDoctor(args)
      expect(output).toMatch(/^Usage: npm run doctor -- https:/)
      expect(code).toBe(1)
    },
  )
})

describe.concurrent('npm run doctor, at a deployment with a store of its own', { timeout: TIMEOUT_MS }, () => {
  let backend: RedisBackend
  let line: RedisLine
  let instance: Instance
  let file: string
  beforeAll(async () => {
    backend = await startRedisBackend()
    line = await startRedisLine(backend)
    const settings = {
      ...(await makeKeys()),
      AUTH_LIMIT_LOGIN_IP: '1000/1m',
      AUTH_LIMIT_LOGIN_ACCOUNT: '1000/1m',
    }
    instance = await startInstance(NEXT, { redis: line, settings: { ...settings, ...PROFILES.default } })
    file = aFileOf({ ...settings, UPSTASH_REDIS_REST_URL: backend.url, UPSTASH_REDIS_REST_TOKEN: backend.token })
  })
  afterAll(async () => {
    await instance?.stop()
    await line?.stop()
    await backend?.stop()
  })
  beforeEach(() => line.behave('pass'))

  async function configure(name: string, value: string): Promise<void> {
    const answer = await fetch(backend.url, {
      method: 'POST',
      headers: { authorization: `Bearer ${backend.token}` },
      body: JSON.stringify(['CONFIG', 'SET', name, value]),
    })
    expect(answer.status).toBe(200)
  }

  it('asks Redis how it keeps what it has, and finds limits that limit nobody', IN_TURN, async () => {
    const found = await visit(instance, { variables: { GATEHOUSE_ENV_FILE: file } })
    expect(linesOf(found, 'Durability')).toEqual([expect.stringMatching(/^✓ .*within a second, nothing is evicted/)])
    expect(linesOf(found, 'Key set')).toEqual([expect.stringMatching(/^✓/)])
    expect(linesOf(found, 'Settings')).toContainEqual(expect.stringMatching(/^! .*60000 guesses an hour/))
    expect(linesOf(found, 'Limits')).toEqual([expect.stringMatching(/^✗ .*20 guesses in a row/)])
    expect(found.code).toBe(1)
  })

  it.each([
    ['maxmemory-policy', 'allkeys-lru', 'noeviction', /^✗ .*maxmemory-policy is allkeys-lru/],
    ['appendonly', 'no', 'yes', /^✗ .*appendonly is off/],
    ['appendfsync', 'no', 'everysec', /^! .*appendfsync is no/],
  ])('finds a Redis whose %s is %s', IN_TURN, async (name, value, usual, expected) => {
    await configure(name, value)
    try {
      const found = await visit(instance, { variables: { GATEHOUSE_ENV_FILE: file } })
      expect(linesOf(found, 'Durability')).toEqual([expect.stringMatching(expected)])
    } finally {
      await configure(name, usual)
    }
  })

  it('finds a token that Redis refuses', IN_TURN, async () => {
    const variables = { GATEHOUSE_ENV_FILE: file, UPSTASH_REDIS_REST_TOKEN: 'wrong' }
    const found = await visit(instance, { variables })
    expect(linesOf(found, 'Durability')).toEqual([expect.stringMatching(/^✗ .*answers 401/)])
  })

  it('finds a store that is far away', IN_TURN, async () => {
    line.behave({ delay: 80 })
    const found = await visit(instance)
    expect(linesOf(found, 'Store round trip')).toEqual([expect.stringMatching(/^! .*\d{2,} ms from the app/)])
  })

  it('finds a store that does not answer, and signs nobody up', IN_TURN, async () => {
    line.behave('cut')
    const found = await visit(instance)
    expect(linesOf(found, 'Store')).toEqual([expect.stringMatching(/^✗ .*503 store_unavailable/)])
    expect(linesOf(found, 'Sign-in')).toEqual([expect.stringMatching(/^– /)])
    expect(linesOf(found, 'Key set')).toEqual([expect.stringMatching(/^✓/)])
    expect(found.code).toBe(1)
  })
})

describe.concurrent('npm run doctor, at a deployment that mails', { timeout: TIMEOUT_MS }, () => {
  let app: Awaited<ReturnType<typeof startMailing>>
  beforeAll(async () => {
    app = await startMailing(NEXT)
  })
  afterAll(async () => {
    await app?.stop()
  })

  it('signs nobody up, as that would be mailed, and says how it can sign in', IN_TURN, async () => {
    const found = await visit(app)
    expect(linesOf(found, 'Mail')).toEqual([expect.stringMatching(/^✓ .*offer it/)])
    expect(linesOf(found, 'Sign-in')).toEqual([expect.stringMatching(/^– .*--account/)])
    expect(app.recorder.mails).toEqual([])
    expect(found.code).toBe(0)
  })

  it('signs in to an account that it is given, and ends the sessions that it has opened', IN_TURN, async () => {
    const member = await aMember(app)
    await mailWith(app, member.email, '/verify-email')
    const found = await visit(app, {
      args: ['--account', member.email],
      variables: { GATEHOUSE_DOCTOR_PASSWORD: PASSWORD },
    })
    expect(linesOf(found, 'Cookies')).toEqual([expect.stringMatching(/^✓/)])
    expect(linesOf(found, 'Access token')).toEqual([
      expect.stringMatching(/^! .*https:\/\/auth\.example\.com as its issuer/),
    ])
    expect(found.code).toBe(0)
    const { sessions } = (await member.get('/api/auth/sessions')).json
    expect(sessions.map(({ id }: { id: string }) => id)).toEqual([member.signedUp.session.id])
  })

  it('says so when it is not the account’s password, or there is none', IN_TURN, async () => {
    const { email } = await aMember(app)
    const wrong = await visit(app, {
      args: ['--account', email],
      variables: { GATEHOUSE_DOCTOR_PASSWORD: 'not the one' },
    })
    expect(linesOf(wrong, 'Sign-in')).toEqual([expect.stringMatching(/^✗ .*401 invalid_credentials/)])
    expect(wrong.code).toBe(1)
    const without = await visit(app, { args: ['--account', email] })
    expect(without.output).toBe('The password of --account goes into GATEHOUSE_DOCTOR_PASSWORD.\n')
    expect(without.code).toBe(1)
  })
})

describe.concurrent('npm run doctor, at a deployment without its settings', { timeout: TIMEOUT_MS }, () => {
  let app: BareTool
  let url: string
  beforeAll(async () => {
    const port = await freePort()
    url = `http://127.0.0.1:${port}`
    app = startNext(port, { AUTH_KEYS: ' ', AUTH_SECRET: ' ' })
    await waitForAnswer(`${url}/api/health`)
  })
  afterAll(async () => {
    await app?.stop()
  })

  it('names each that is missing, and says no more', async () => {
    const { code, lines } = await visit({ url })
    expect(lines).toEqual([
      expect.stringMatching(/^– Settings/),
      expect.stringMatching(/^✗ App .*500: AUTH_KEYS is missing/),
      expect.stringMatching(/^✗ App .*500: AUTH_SECRET is missing/),
    ])
    expect(code).toBe(1)
  })
})

describe.concurrent('npm run doctor, at what runs on this machine', { timeout: TIMEOUT_MS }, () => {
  const data = makeDataFolder()
  const keptKeys = join(data, 'env')
  let instance: Instance
  beforeAll(async () => {
    instance = await startInstance('workerd with Durable Objects', { data, settings: PROFILES.default })
  })
  afterAll(async () => {
    await instance?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('finds it without an address, and leaves out what only a platform has', async () => {
    const found = await runDoctor([], { PORT: `${instance.port}`, GATEHOUSE_ENV_FILE: keptKeys })
    expect(found.output).toContain(`Looking at http://localhost:${instance.port} `)
    for (const title of ['HTTPS', 'HSTS', 'Client address']) {
      expect(linesOf(found, title), title).toEqual([expect.stringMatching(/^–/)])
    }
    for (const title of [
      'Settings',
      'Key set',
      'Cookies',
      'Session',
      'Access token',
      'Store',
      'Durability',
      'Companion Worker',
      'Limits',
    ]) {
      expect(linesOf(found, title), title).toEqual([expect.stringMatching(/^✓/)])
    }
    expect(found.code).toBe(0)
  })

  it('says so when the file that is named is not there', async () => {
    const { plainUrl, stop } = await startDeployment(instance, { carriesPlain: true })
    const found = await runDoctor([plainUrl], { GATEHOUSE_ENV_FILE: join(folder, 'none.env') })
    await stop()
    expect(found.output).toMatch(/^GATEHOUSE_ENV_FILE: there is no file .*none\.env\.$/m)
    expect(found.code).toBe(1)
  })

  it('names each setting that is missing or wrong, makes none, and exits with 1', async () => {
    const file = aFileOf({ AUTH_SECRET: 'short' })
    const { plainUrl, stop } = await startDeployment(instance, { carriesPlain: true })
    const found = await runDoctor([plainUrl], { GATEHOUSE_ENV_FILE: file })
    await stop()
    expect(linesOf(found, 'Settings')).toEqual([
      expect.stringMatching(/^✗ .*AUTH_KEYS is missing/),
      expect.stringMatching(/^✗ .*AUTH_SECRET must be at least 32 bytes/),
    ])
    expect(readFileSync(file, 'utf8')).toBe("AUTH_SECRET='short'\n")
    expect(found.code).toBe(1)
  })

  const telling = (version: string | undefined): Mischief => ({
    answer: only('/api/health', ({ fields }) => {
      if (version) fields['gatehouse-companion'] = version
      else delete fields['gatehouse-companion']
    }),
  })
  it.each<[which: string, mischief: Mischief, text: RegExp]>([
    ['of another version', telling('0123456789ab'), /^it is 0123456789ab, and this checkout has [0-9a-f]{12}:/],
    ['that was told no version', telling('unknown'), /does not know its version/],
    ['whose version the app does not tell', telling(undefined), /is not told/],
    [
      'whose youngest object the app does not reach',
      {
        answer: only('/api/auth/email/verify', (answer) => {
          Object.assign(answer, { status: 503, body: '{"code":"store_unavailable"}' })
        }),
      },
      /its object for links answers 503 store_unavailable/,
    ],
  ])('finds a companion Worker %s, and how to deploy it', async (_which, mischief, text) => {
    const { plainUrl, stop } = await startDeployment(instance, { ...mischief, carriesPlain: true })
    const site = new Site(new URL(plainUrl), new AbortController().signal)
    site.isLocal = false
    const { companion } = await checkStore(site)
    const found = await checkCompanion(site, { kind: 'durable-objects', companion })
    await stop()
    expect(found).toEqual({
      level: 'wrong',
      title: 'Companion Worker',
      text: expect.stringMatching(text),
      remedy: expect.stringContaining('npm run deploy:cloudflare'),
    })
  })
})

describe.concurrent('npm run doctor, at an app whose companion Worker has another version', {
  timeout: TIMEOUT_MS,
}, () => {
  const data = makeDataFolder()
  let file: string
  let companion: BareTool
  let app: BareTool
  let url: string
  beforeAll(async () => {
    const folders = { data: join(data, 'durable'), registry: join(data, 'registry', 'preview') }
    const ports = [await freePort(), await freePort()] as const
    companion = startCompanion(ports[0], folders, { COMPANION_VERSION: '0123456789ab' })
    await waitForAnswer(`http://127.0.0.1:${ports[0]}/`)
    const keys = await makeKeys()
    file = aFileOf(keys)
    app = startPages(ports[1], { ...folders, data: join(data, 'app') }, { ...keys, ...PROFILES.default })
    url = `http://127.0.0.1:${ports[1]}`
    await waitForAnswer(`${url}/api/health`, (status) => status === 200)
  })
  afterAll(async () => {
    await app?.stop()
    await companion?.stop()
    rmSync(data, { recursive: true, force: true })
  })

  it('says which, and that it is to be started again', async () => {
    const found = await runDoctor([url], { GATEHOUSE_ENV_FILE: file })
    expect(found.lines.filter((line) => line.startsWith('✗'))).toEqual([
      expect.stringContaining(`it is 0123456789ab, and this checkout has ${companionVersion()}`),
    ])
    expect(found.output).toMatch(/✗ Companion Worker .*\n +→ Start it again.*npm run preview/)
    expect(found.code).toBe(1)
  })
})

describe('The version of the companion Worker', () => {
  const versionOf = (source: string) => {
    const root = join(folder, crypto.randomUUID())
    const companion = join(root, 'lib', 'companion')
    mkdirSync(companion, { recursive: true })
    writeFileSync(join(companion, 'worker.ts'), "export { is } from './object.ts'\n")
    writeFileSync(join(companion, 'object.ts'), source)
    return companionVersion(root)
  }
  const version = versionOf('export const is: number = 1\n')

  it('is of twelve digits, and another where what runs is another', () => {
    expect(version).toMatch(/^[0-9a-f]{12}$/)
    expect(versionOf('export const is: number = 2\n')).not.toBe(version)
  })

  it.each([
    ['comments', '/** One. */\nexport const is: number = 1\n'],
    ['types', 'export const is: 1 = 1\n'],
    ['ends of lines', 'export const is: number = 1\r\n'],
    ['what is imported by nobody', 'export const is: number = 1\nexport const other = 2\n'],
  ])('does not go by %s', (_what, source) => {
    expect(versionOf(source)).toBe(version)
  })
})

describe('The settings that the doctor finds weak', () => {
  const where = { isDevelopment: false, isLocal: false }
  const strong = async () => ({ ...(await makeKeys()), AUTH_ISSUER: 'https://auth.example.com' })

  it('are none of those that npm run keys prints, with the defaults', async () => {
    const { findings } = await checkSettings(await strong(), where)
    expect(findings.map(({ level }) => level)).toEqual(['fine'])
  })

  it.each([
    ['wrong', { AUTH_PASSWORD_ITERATIONS: '100000' }, 'OWASP asks for 600000'],
    ['wrong', { AUTH_SECRET: 'A'.repeat(43) }, 'AUTH_SECRET does not look random'],
    ['wrong', { AUTH_ISSUER: 'http://auth.example.com' }, 'without https'],
    ['wrong', { AUTH_TRUSTED_PROXY: 'none' }, 'all clients share the limits'],
    ['wrong', { AUTH_SIGNUP: 'verify-first' }, 'AUTH_MAIL is missing'],
    ['wrong', { UPSTASH_REDIS_REST_URL: 'https://x.example' }, 'go together'],
    ['note', { AUTH_ACCESS_TTL: '2h' }, 'AUTH_ACCESS_TTL is 7200 s'],
    ['note', { AUTH_REFRESH_GRACE: '10m' }, 'AUTH_REFRESH_GRACE is 600 s'],
    ['note', { AUTH_LIMIT_LOGIN_ACCOUNT: '100/1m' }, '6000 guesses an hour'],
    ['note', { AUTH_ISSUER: '' }, 'AUTH_ISSUER is not set'],
  ])('(%s) are %j', async (level, settings, text) => {
    const { findings } = await checkSettings({ ...(await strong()), ...settings }, where)
    expect(findings).toEqual([
      { level, title: 'Settings', text: expect.stringContaining(text), remedy: expect.stringMatching(/\w/) },
    ])
  })

  it('are keys whose halves do not belong together', async () => {
    const [own, other] = [await strong(), await makeKeys()].map(({ AUTH_KEYS }) => JSON.parse(AUTH_KEYS)[0])
    const AUTH_KEYS = JSON.stringify([{ ...own, d: other.d }])
    const { findings } = await checkSettings({ ...(await strong()), AUTH_KEYS }, where)
    expect(findings).toEqual([expect.objectContaining({ level: 'wrong', text: expect.stringContaining('AUTH_KEYS') })])
  })
})

describe('An address of plain http that is not on this machine', () => {
  it('is wrong whatever answers there', async () => {
    const site = new Site(new URL('http://auth.example.com'), new AbortController().signal)
    expect(await checkHttps(site)).toMatchObject({ level: 'wrong', text: expect.stringContaining('plain http') })
  })
})

describe('The clock of a server', () => {
  const now = 1_800_000_000
  const answer = { sentAt: now * 1_000 + 200, receivedAt: now * 1_000 + 900 }
  it.each([
    [0, 'fine', 'agrees'],
    [5, 'fine', 'agrees'],
    [-5, 'fine', 'agrees'],
    [7, 'wrong', '6 s ahead of'],
    [-8, 'wrong', '7 s behind'],
    [Number.NaN, 'unchecked', 'no Date'],
  ])('that shows a second %d s off is %s', (skew, level, text) => {
    expect(checkClock('Clock', answer, now + skew)).toMatchObject({ level, text: expect.stringContaining(text) })
  })
})

describe('The cost of a hash', () => {
  it.each([
    ['fine', 200, '200 ms'],
    ['note', 34, 'more like 100,000 iterations than 600,000'],
    ['note', 3_000, '3000 ms'],
  ])('is %s at %d ms where one takes 200 ms here', (level, milliseconds, text) => {
    expect(checkHashCost(milliseconds, 200)).toMatchObject({ level, text: expect.stringContaining(text) })
  })
})

describe('The cap on PBKDF2', () => {
  it('is kept by how the app hashes', async () => {
    expect((await checkCap()).finding).toMatchObject({ level: 'fine', text: expect.stringContaining('50,000') })
  })

  it('is found broken by a hash made in one call', async () => {
    const atOnce = async (password: Uint8Array, salt: Uint8Array, iterations: number) => {
      const key = await crypto.subtle.importKey('raw', Uint8Array.from(password), 'PBKDF2', false, ['deriveBits'])
      const algorithm = { name: 'PBKDF2', hash: 'SHA-256', salt: Uint8Array.from(salt), iterations }
      return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256))
    }
    expect((await checkCap(atOnce)).finding).toMatchObject({
      level: 'wrong',
      text: expect.stringContaining('600,000'),
    })
  })
})
