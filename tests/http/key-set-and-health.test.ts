import { createLocalJWKSet, jwtVerify } from 'jose'
import { expect, it } from 'vitest'
import { companionVersion } from '../../scripts/lib/companion.mjs'
import { PROFILES } from '../support/instances.ts'
import { aMember, aVisitor, describeApp, waitUntil } from './support/app.ts'

const KEY_SET = '/.well-known/jwks.json'

describeApp('GET /.well-known/jwks.json', (app) => {
  it('shows the public keys, and caches may keep it for five minutes', async () => {
    const answer = await aVisitor(app).get(KEY_SET)
    expect(answer.status).toBe(200)
    expect(answer.header('content-type')).toBe('application/json')
    expect(cacheControl(answer)).toEqual(['public, max-age=300'])
    const coordinate = expect.stringMatching(/^[\w-]{43}$/)
    const key = {
      kty: 'EC',
      crv: 'P-256',
      alg: 'ES256',
      use: 'sig',
      kid: expect.any(String),
      x: coordinate,
      y: coordinate,
    }
    expect(answer.json).toEqual({ keys: [key] })
  })

  it('is the same for who is signed in', async () => {
    const member = await aMember(app)
    const answer = await member.get(KEY_SET)
    expect(cacheControl(answer)).toEqual(['public, max-age=300'])
    expect(answer.text).toBe((await aVisitor(app).get(KEY_SET)).text)
  })

  it('verifies access tokens', async () => {
    const member = await aMember(app)
    const keys = createLocalJWKSet((await aVisitor(app).get(KEY_SET)).json)
    const { payload } = await jwtVerify(member.cookies.get('access') ?? '', keys, {
      algorithms: ['ES256'],
      typ: 'at+jwt',
      issuer: app.url,
      audience: app.url,
    })
    expect(payload.sub).toBe(member.signedUp.user.id)
  })
})

describeApp(
  'The key set, asked for with an access token that has run out,',
  (app) => {
    it('renews nothing, as caches may keep the answer', async () => {
      const member = await aMember(app, { remember: true })
      await waitUntil(member.signedUp.session.accessExpiresAt)
      const answer = await member.get(KEY_SET)
      expect(answer.setCookies).toEqual([])
      expect(cacheControl(answer)).toEqual(['public, max-age=300'])
    })
  },
  { settings: PROFILES.short },
)

describeApp('GET /api/health', (app) => {
  it('tells that the store answers, and which', async () => {
    const store = app.target.endsWith('Redis') ? 'redis' : 'durable-objects'
    const answer = await aVisitor(app).get('/api/health')
    expect(answer.status).toBe(200)
    expect(answer.text).toBe(JSON.stringify({ status: 'ok', store }))
  })

  it('tells the version of the companion Worker, where there is one, in a header', async () => {
    const answer = await aVisitor(app).get('/api/health')
    expect(answer.header('gatehouse-companion')).toBe(app.target.endsWith('Redis') ? null : companionVersion())
  })
})

function cacheControl({ fields }: { fields: [string, string][] }): string[] {
  return fields.filter(([name]) => name === 'cache-control').map(([, value]) => value)
}
