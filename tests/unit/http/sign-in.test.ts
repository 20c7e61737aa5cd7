import { describe, expect, it } from 'vitest'
import * as z from 'zod/mini'
import { CHECKBOX, DELIVERY, parseFields, REQUIRED_TEXT, signedInAnswer } from '../../../lib/http/sign-in.ts'
import { NOW } from '../../support/builders.ts'
import { cookiesSet, ORIGIN } from '../../support/requests.ts'
import { aSignedInUser, aWorld } from '../../support/world.ts'

const SCHEMA = z.object({ text: REQUIRED_TEXT, tick: CHECKBOX, delivery: DELIVERY })

function parse(fields: Record<string, unknown>) {
  return parseFields(SCHEMA, { text: 'text', ...fields })
}

describe('the fields of a sign-in', () => {
  it('are taken by name, and others left behind', () => {
    expect(parse({ admin: true })).toEqual({ ok: true, value: { text: 'text', tick: false, delivery: 'cookie' } })
  })

  it.each([
    [true, true],
    ['on', true],
    ['true', true],
    ['1', true],
    [false, false],
    ['false', false],
    ['0', false],
    ['', false],
    [undefined, false],
  ])('a box that is ticked: %j is %s', (tick, ticked) => {
    expect(parse({ tick })).toMatchObject({ value: { tick: ticked } })
  })

  it.each([
    ['text', undefined, 'required'],
    ['text', '', 'required'],
    ['text', null, 'required'],
    ['text', 7, 'required'],
    ['text', ['text'], 'required'],
    ['text', { toString: 'text' }, 'required'],
    ['tick', 'maybe', 'invalid'],
    ['tick', 1, 'invalid'],
    ['tick', null, 'invalid'],
    ['delivery', 'mail', 'invalid'],
    ['delivery', null, 'invalid'],
  ])('are refused by name: %s %j is %s', (name, value, issue) => {
    expect(parse({ [name]: value })).toEqual({
      ok: false,
      error: { code: 'invalid_fields', fields: { [name]: [issue] } },
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
