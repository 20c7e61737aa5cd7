import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { ROOT } from '../support/instances.ts'
import { aMember, aVisitor, describeApp, PASSWORD } from './support/app.ts'
import { expectProblem } from './support/promises.ts'

/** The other service, as docs/examples has it. */
function verify(issuer: string, token: string): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [join(ROOT, 'docs/examples/verify-access-token.mjs'), issuer, token])
}

describeApp('An app that keeps its tokens itself', (app) => {
  const signIn = async () => {
    const member = await aMember(app)
    const fields = { email: member.email, password: PASSWORD, delivery: 'body' }
    return { member, client: aVisitor(app), tokens: (await aVisitor(app).post('/api/auth/login', fields)).json }
  }

  it('shows its access token to another service, which verifies it by the key set', async () => {
    const { member, tokens } = await signIn()
    const { stdout } = await verify(app.url, tokens.accessToken)
    expect(JSON.parse(stdout)).toEqual({
      user: member.signedUp.user.id,
      session: tokens.session.id,
      roles: ['user'],
    })
  })

  it('is refused there with a token that was altered, or issued elsewhere', async () => {
    const { tokens } = await signIn()
    const [header, , signature] = tokens.accessToken.split('.')
    const claims = Buffer.from(JSON.stringify({ iss: app.url, aud: app.url, sub: 'x', exp: 4e9 })).toString('base64url')
    await expect(verify(app.url, `${header}.${claims}.${signature}`)).rejects.toThrow('JWSSignatureVerificationFailed')
    const alias = app.url.replace('127.0.0.1', 'localhost')
    await expect(verify(alias, tokens.accessToken)).rejects.toThrow('JWTClaimValidationFailed')
  })

  it('uses, renews and ends its session without a cookie', async () => {
    const { member, client, tokens } = await signIn()
    const authorization = `Bearer ${tokens.accessToken}`
    expect((await client.get('/api/me', { authorization })).json).toEqual(member.signedUp.user)
    expect((await client.get('/api/auth/sessions', { authorization })).json.sessions).toMatchObject([
      { id: tokens.session.id, current: true },
      { id: member.signedUp.session.id, current: false },
    ])

    const renewed = await client.post('/api/auth/refresh', { refreshToken: tokens.refreshToken })
    expect(renewed.status).toBe(200)
    const next = { authorization: `Bearer ${renewed.json.accessToken}` }
    expect((await client.send('/api/me', { method: 'PATCH', json: { name: 'Ada' }, headers: next })).status).toBe(200)
    expect((await client.send('/api/auth/logout', { method: 'POST', headers: next })).status).toBe(204)
    const { refreshToken } = renewed.json
    expectProblem(await client.post('/api/auth/refresh', { refreshToken }), 401, 'session_revoked')
    expectProblem(await client.get('/api/me', next), 401, 'unauthenticated')
    expect(client.cookies.size).toBe(0)
    expect((await member.get('/api/me')).status).toBe(200)
  })
})
