import { describe, expect, it } from 'vitest'
import { parseFields, schema } from '../../../lib/http/fields.ts'
import { delivery, signedInAnswer } from '../../../lib/http/sign-in.ts'
import { NOW } from '../../support/builders.ts'
import { cookiesSet, ORIGIN } from '../../support/requests.ts'
import { aSignedInUser, aWorld } from '../../support/world.ts'

describe('the delivery of tokens', () => {
  const parse = (fields: Record<string, unknown>) =>
    parseFields(
      schema(() => ({ delivery: delivery() })),
      fields,
    )

  it.each([
    [{}, 'cookie'],
    [{ delivery: 'cookie' }, 'cookie'],
    [{ delivery: 'body' }, 'body'],
  ])('is in cookies, unless the client asks otherwise: %j', (fields, delivery) => {
    expect(parse(fields)).toEqual({ ok: true, value: { delivery } })
  })

  it.each(['mail', '', null, true, ['body']])('cannot be %j', (delivery) => {
    expect(parse({ delivery })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { delivery: ['invalid'] } },
    })
  })
})

describe('the answer to a sign-in', () => {
  async function answer(options: Parameters<typeof signedInAnswer>[2]) {
    const world = aWorld()
    const signedIn = await aSignedInUser(world)
    const exchange = { url: new URL(ORIGIN), services: world.services }
    const response = signedInAnswer(exchange, signedIn, options)
    return { signedIn, response, body: Object(await response.clone().json()) }
  }

  it('delivers tokens in cookies, and there only', async () => {
    const { signedIn, response, body } = await answer({ status: 201 })
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(cookiesSet(response.headers.getSetCookie())).toEqual({
      '__Host-access': signedIn.accessToken,
      '__Host-refresh': signedIn.refreshToken,
      '__Host-device': signedIn.device,
    })
    expect(Object.keys(body)).toEqual(['user', 'session'])
    expect(JSON.stringify(body)).not.toContain(signedIn.accessToken)
  })

  it('delivers tokens in the body to a client that keeps them itself, and sets no cookie', async () => {
    const { signedIn, response, body } = await answer({ delivery: 'body' })
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('private, no-store')
    expect(response.headers.getSetCookie()).toEqual([])
    const { accessToken, refreshToken, accessExpiresAt } = signedIn
    expect(body).toMatchObject({ accessToken, refreshToken, expiresIn: accessExpiresAt - NOW })
  })
})
