import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TARGETS } from '../support/instances.ts'
import { anEmail, aVisitor, PASSWORD } from './support/app.ts'
import { ISSUER, type Mailing, mailedToken, startMailing } from './support/mailing.ts'
import { expectProblem } from './support/promises.ts'

describe.each(TARGETS)('Where an address belongs to whoever proves it (%s)', (target) => {
  let app: Mailing
  beforeAll(async () => {
    app = await startMailing(target, { AUTH_SIGNUP: 'verify-first' })
  })
  afterAll(() => app?.stop())

  async function signUp(email: string) {
    expect((await aVisitor(app).post('/api/auth/signup', { email })).status).toBe(202)
    const token = await mailedToken(app, email, '/signup/finish')
    return aVisitor(app).post('/api/auth/signup/finish', { token, password: PASSWORD, name: 'Ada' })
  }

  it('a sign-up makes nothing before the proof, and an account after it', async () => {
    const email = anEmail()
    const asked = await aVisitor(app).post('/api/auth/signup', { email, password: 'set before the proof' })
    expect([asked.status, asked.text, asked.setCookies]).toEqual([202, '', []])
    const token = await mailedToken(app, email, '/signup/finish')
    expect((await aVisitor(app).post('/api/auth/login', { email, password: 'set before the proof' })).status).toBe(401)

    const visitor = aVisitor(app)
    const finished = await visitor.post('/api/auth/signup/finish', { token, password: PASSWORD, name: 'Ada' })
    expect(finished.status).toBe(201)
    expect(finished.json.user).toMatchObject({ email, emailVerified: true, name: 'Ada' })
    expect((await visitor.get('/api/me')).json.email).toBe(email)
    expect((await aVisitor(app).post('/api/auth/login', { email, password: 'set before the proof' })).status).toBe(401)
    expectProblem(await visitor.post('/api/auth/signup/finish', { token, password: PASSWORD }), 400, 'invalid_link')
  })

  it('a taken address answers like any other, and its owner hears of it', async () => {
    const email = anEmail()
    expect((await signUp(email)).status).toBe(201)
    const [taken, free] = [
      await aVisitor(app).post('/api/auth/signup', { email }),
      await aVisitor(app).post('/api/auth/signup', { email: anEmail() }),
    ]
    const bytes = ({ status, text, fields }: typeof taken) => [status, text, fields.filter(([name]) => name !== 'date')]
    expect(bytes(taken)).toEqual(bytes(free))
    const mailsToOwner = () => app.recorder.mails.filter(({ to }) => to === email)
    await expect.poll(() => mailsToOwner().length).toBe(2)
    expect(mailsToOwner()[1]?.text).toContain(`${ISSUER}/login`)
    expect(mailsToOwner()[1]?.text).not.toContain('token=')
  })

  it('a link used by two at once makes one account', async () => {
    const email = anEmail()
    await aVisitor(app).post('/api/auth/signup', { email })
    const token = await mailedToken(app, email, '/signup/finish')
    const answers = await Promise.all(
      ['one good password', 'two good passwords'].map((password) =>
        aVisitor(app).post('/api/auth/signup/finish', { token, password }),
      ),
    )
    expect(answers.filter(({ status }) => status === 201).length).toBe(1)
    expect(answers.filter(({ status }) => status === 400 || status === 409).length).toBe(1)
  })

  it('a form leads to a page that says to look at the mail', async () => {
    const visitor = aVisitor(app)
    const headers = { 'sec-fetch-site': 'same-origin' }
    const posted = await visitor.send('/api/auth/signup', { method: 'POST', form: { email: anEmail() }, headers })
    expect([posted.status, posted.header('location')]).toEqual([303, '/signup?done=signup'])
    expect((await visitor.get('/signup?done=signup')).text).toMatch(/mail/i)
  })
})
