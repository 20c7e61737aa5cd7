import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { makeKeys } from '../../scripts/lib/keys.mjs'
import { freePort } from '../../scripts/redis-server.mjs'
import { startNext, startPages, waitForAnswer } from '../support/bare-tools.ts'
import { send } from '../support/client.ts'
import { launch, makeDataFolder, TARGETS } from '../support/instances.ts'
import { expectProblem, expectPromisesKept } from './support/promises.ts'

const REDIS = { UPSTASH_REDIS_REST_URL: 'http://127.0.0.1:1', UPSTASH_REDIS_REST_TOKEN: 'x' }

/** A value that must not be seen. */
const SECRET = 'sEcReT'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

describe.each(TARGETS)('A wrong setting (%s)', { timeout: 60_000 }, (target) => {
  it.each([
    ['AUTH_ACCESS_TTL', SECRET],
    ['AUTH_SESSION_TTL_REMEMBER', '0d'],
    ['AUTH_KEYS', `[{"kty":"EC","d":"${SECRET}"}]`],
    ['AUTH_SECRET', SECRET],
    ['AUTH_LIMIT_LOGIN_IP', `20 per ${SECRET}`],
    ['AUTH_PASSWORD_ITERATIONS', '99999'],
    ['AUTH_HASHER', SECRET],
    ['AUTH_TRUSTED_PROXY', SECRET],
    ['AUTH_ISSUER', SECRET],
    ['AUTH_SIGNUP', SECRET],
    ['AUTH_MAIL', SECRET],
    ['AUTH_MAIL', 'mailbox'],
    ['AUTH_MAIL_FROM', `${SECRET}@localhost`],
    ['RESEND_BASE_URL', SECRET],
    ['UPSTASH_REDIS_REST_URL', SECRET],
  ])('%s: it does not start, and one line says which, without the value', async (name, value) => {
    const { code, output } = await tryToStart({ ...REDIS, [name]: value })
    expect(code).toBe(1)
    expect(output.trim().split('\n')).toEqual([expect.stringMatching(`^${name} must be `)])
    expect(output).not.toContain(SECRET)
  })

  it('does not hide another', async () => {
    const { output } = await tryToStart({ ...REDIS, AUTH_ACCESS_TTL: 'x', AUTH_SESSION_IDLE: 'y' })
    expect(
      output
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['AUTH_ACCESS_TTL', 'AUTH_SESSION_IDLE'])
  })

  it('half a Redis is none', async () => {
    const { code, output } = await tryToStart({ UPSTASH_REDIS_REST_URL: REDIS.UPSTASH_REDIS_REST_URL })
    expect(code).toBe(1)
    expect(output).toContain('UPSTASH_REDIS_REST_TOKEN')
  })

  it('that got into production all the same is named in every answer, without the value', async () => {
    const url = await startRegardless({ ...REDIS, ...(await makeKeys()), AUTH_ACCESS_TTL: SECRET, AUTH_HASHER: SECRET })
    for (const path of ['/api/health', '/api/me', '/api/nope', '/.well-known/jwks.json', '/api/auth/session']) {
      const answer = await send(url + path)
      expectProblem(answer, 500, 'internal_error')
      expect(answer.json.detail).toContain('AUTH_ACCESS_TTL must be')
      expect(answer.json.detail).toContain('AUTH_HASHER must be')
      expect(answer.text).not.toContain(SECRET)
      expectPromisesKept(path, answer)
    }
    for (const path of ['/api/auth/login', '/api/auth/signup', '/api/auth/refresh', '/api/auth/logout']) {
      const answer = await send(url + path, { json: {} })
      expectProblem(answer, 500, 'internal_error')
      expect(answer.setCookies).toEqual([])
    }
    for (const path of ['/', '/login', '/dashboard']) {
      const answer = await send(url + path)
      expect(answer.status).toBe(500)
      expect(answer.text).not.toContain(SECRET)
      expectPromisesKept(path, answer)
    }
  })

  it('a missing key is one, too', async () => {
    const url = await startRegardless({ ...REDIS, AUTH_KEYS: '', AUTH_SECRET: '' })
    const { json } = await send(`${url}/api/health`)
    expect(json.detail.split('\n')).toEqual([
      expect.stringMatching(/^AUTH_KEYS is missing/),
      expect.stringMatching(/^AUTH_SECRET is missing/),
    ])
  })

  async function tryToStart(variables: Record<string, string>) {
    const { exited, output } = launch(target, { GATEHOUSE_DATA: aFolder(), PORT: `${await freePort()}`, ...variables })
    return { code: await exited, output: output() }
  }

  /** Without the scripts, which would refuse. */
  async function startRegardless(variables: Record<string, string>): Promise<string> {
    const folder = aFolder()
    const folders = { data: join(folder, 'durable'), registry: join(folder, 'registry', 'preview') }
    const port = await freePort()
    const tool = target === 'next start with Redis' ? startNext(port, variables) : startPages(port, folders, variables)
    cleanUps.push(() => tool.stop())
    await waitForAnswer(`http://127.0.0.1:${port}/`)
    return `http://127.0.0.1:${port}`
  }

  function aFolder(): string {
    const folder = makeDataFolder()
    cleanUps.push(() => rmSync(folder, { recursive: true, force: true }))
    return folder
  }
})
