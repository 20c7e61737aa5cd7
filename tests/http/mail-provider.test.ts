import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Instance, PROFILES, startInstance, TARGETS } from '../support/instances.ts'
import { type Behaviour, type MailRecorder, startMailRecorder } from '../support/mail-recorder.ts'
import { aMember, anEmail, aVisitor, PASSWORD } from './support/app.ts'
import { ISSUER, type Mailing, startMailing } from './support/mailing.ts'
import { expectProblem } from './support/promises.ts'

const KEY = 're_key_of_this_test'
const SEND_AGAIN = '/api/auth/email/verify/send'
const SUBJECT = 'Confirm your email address'

/** Each mail is asked for by a client and an account of its own; nobody is to meet a limit. */
const WIDE = { AUTH_LIMIT_FORGOT_IP: '1000/1h', AUTH_LIMIT_FORGOT_ACCOUNT: '1000/1h' }

// Hosts beside each other, as much is waiting; tests of one host, which share its recorder, one by one.
describe.concurrent.each(TARGETS)('On %s,', (target) => {
  describe('mail by a provider', { concurrent: false }, () => {
    let mailing: Mailing
    beforeAll(async () => {
      mailing = await startMailing(target, { RESEND_API_KEY: KEY, ...WIDE })
    }, 150_000)
    beforeEach(() => mailing.recorder.respondWith('take'))
    afterAll(() => mailing?.stop())

    /** Somebody whose first mail is there. */
    async function aMemberWithMail() {
      const member = await aMember(mailing)
      return { member, mail: await mailing.recorder.takeMail(member.email, { subject: SUBJECT }) }
    }

    it('goes out after a sign-up, by the key, the address and the sender that are set', async () => {
      const { member, mail } = await aMemberWithMail()
      expect(mail).toMatchObject({
        provider: 'resend',
        key: KEY,
        idempotencyKey: expect.stringMatching(/^[\w-]{36}$/),
        from: 'Gatehouse <no-reply@auth.example.com>',
        to: member.email,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
    })

    it('is text and HTML, with one link in both, that works', async () => {
      const { member, mail } = await aMemberWithMail()
      const link = mailing.recorder.linkIn(mail)
      expect(`${link.origin}${link.pathname}`).toBe(`${ISSUER}/verify-email`)
      expect(mail.html).toContain(`href="${link.href.replaceAll('&', '&#38;')}"`)
      expect(mail.html).toMatch(/^<!doctype html><html lang="en">/)
      const verified = await member.post('/api/auth/email/verify', { token: link.searchParams.get('token') })
      expect(verified.status).toBe(204)
      expect((await member.get('/api/me')).json.emailVerified).toBe(true)
    })

    it('has links to the issuer, whatever host the request names', async () => {
      const visitor = aVisitor(mailing)
      const email = anEmail()
      const answer = await visitor.post('/api/auth/signup', { email, password: PASSWORD }, { host: 'evil.example' })
      expect(answer.status).toBe(201)
      const mail = await mailing.recorder.takeMail(email)
      expect(mailing.recorder.linkIn(mail).origin).toBe(ISSUER)
      expect(mail.text + mail.html).not.toContain('evil.example')
    })

    it('does not keep a sign-up waiting: the account is there while the provider is not', async () => {
      mailing.recorder.respondWith('hang')
      const began = Date.now()
      const member = await aMember(mailing)
      expect(Date.now() - began, 'milliseconds; the provider is waited for 5 s').toBeLessThan(5_000)
      expect((await member.get('/api/me')).status).toBe(200)

      mailing.recorder.respondWith('take')
      await mailing.recorder.takeMail(member.email, { subject: SUBJECT }) // the next try, after the one that hangs
    })

    it('is tried again beside the answer, and sent once', async ({ expect }) => {
      mailing.recorder.respondWith({ status: 503 })
      const before = mailing.recorder.tries()
      const member = await aMember(mailing)
      await expect.poll(() => mailing.recorder.tries(), { timeout: 10_000 }).toBeGreaterThan(before)
      mailing.recorder.respondWith('take')
      await mailing.recorder.takeMail(member.email, { subject: SUBJECT })
      expect(mailing.recorder.mails.filter(({ to }) => to === member.email)).toHaveLength(1)
    })

    it.each<[string, Behaviour]>([
      ['fails', { status: 500 }],
      ['is too busy', { status: 429, retryAfter: 60 }],
      ['refuses the key', { status: 401 }],
      ['answers garbage', 'garbage'],
      ['does not answer', 'hang'],
    ])(
      'whoever asks for it again hears that the provider %s, and may retry',
      { timeout: 60_000 },
      async (_, behaviour) => {
        const { member } = await aMemberWithMail()
        mailing.recorder.respondWith(behaviour)
        const tries = mailing.recorder.tries()
        const began = Date.now()
        const refused = await member.post(SEND_AGAIN)
        expectProblem(refused, 503, 'mail_unavailable')
        expect(Number(refused.header('retry-after'))).toBeGreaterThan(0)
        expect(Date.now() - began).toBeLessThan(10_000)
        expect(mailing.recorder.tries() - tries).toBe(1)

        mailing.recorder.respondWith('take')
        expect((await member.post(SEND_AGAIN)).status).toBe(202)
        const again = await mailing.recorder.takeMail(member.email, { subject: SUBJECT })
        const token = mailing.recorder.linkIn(again).searchParams.get('token')
        expect((await member.post('/api/auth/email/verify', { token })).status).toBe(204)
      },
    )

    it('leaves nothing behind that others could read: the mailbox of development is not there', async () => {
      const visitor = aVisitor(mailing)
      for (const path of ['/dev/mail', '/dev/mail/templates', '/dev/mail/1']) {
        expect((await visitor.get(path)).status, path).toBe(404)
      }
    })

    it('shows the log who failed, and neither the key nor the address nor the token', async ({ expect }) => {
      const { member, mail } = await aMemberWithMail()
      mailing.recorder.respondWith({ status: 422 })
      await member.post(SEND_AGAIN)
      await expect.poll(() => mailing.output()).toContain('resend: 422 missing_required_field')
      expect(mailing.output()).not.toContain(KEY)
      expect(mailing.output()).not.toContain(member.email)
      expect(mailing.output()).not.toContain(mailing.recorder.linkIn(mail).searchParams.get('token'))
    })
  })

  describe('mail by Postmark', { concurrent: false }, () => {
    let recorder: MailRecorder
    let instance: Instance
    beforeAll(async () => {
      recorder = await startMailRecorder()
      const settings = {
        ...PROFILES.default,
        AUTH_ISSUER: ISSUER,
        POSTMARK_SERVER_TOKEN: 'pm-token',
        POSTMARK_BASE_URL: recorder.url,
        AUTH_MAIL_FROM: 'Front desk <desk@example.com>',
      }
      instance = await startInstance(target, { settings })
    }, 150_000)
    afterAll(async () => {
      await instance?.stop()
      await recorder?.stop()
    })

    it('goes out as Postmark wants it', async () => {
      const member = await aMember(instance)
      const mail = await recorder.takeMail(member.email)
      expect(mail).toMatchObject({
        provider: 'postmark',
        key: 'pm-token',
        from: 'Front desk <desk@example.com>',
        subject: SUBJECT,
        headers: { 'Auto-Submitted': 'auto-generated' },
      })
      const token = recorder.linkIn(mail).searchParams.get('token')
      expect((await member.post('/api/auth/email/verify', { token })).status).toBe(204)
    })

    it('is refused with 503 when Postmark does', async ({ expect }) => {
      const member = await aMember(instance)
      await recorder.takeMail(member.email)
      recorder.respondWith({ status: 422 })
      expectProblem(await member.post(SEND_AGAIN), 503, 'mail_unavailable')
      await expect.poll(instance.output).toContain('postmark: 422 300')
    })
  })
})
