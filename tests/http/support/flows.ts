/** Everything that somebody does with an account, as a table: how it is prepared and done, and how one tells that it is done. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../../support/client.ts'
import type { MailRecorder } from '../../support/mail-recorder.ts'
import { aMember, anEmail, aVisitor, cookieHeader, type Member, PASSWORD, type Visitor } from './app.ts'

/** Where flows are played: an app that mails. */
export interface Ground {
  url: string
  recorder: MailRecorder
  /** An admin; the same one each time. */
  admin(): Promise<Visitor>
  /** The app with the same store and secrets, where nobody has to prove an address to sign up. */
  openSignup: { url: string }
}

/** A flow that is about to happen. */
export interface Prepared {
  /** Whose cookies an answer may change. */
  client: Visitor
  act(): Promise<Answer>
  /**
   * Tells whether the effect is there: all of it, or nothing.
   * @throws {Error} when it is there in part
   */
  isDone(): Promise<boolean>
  /** What its user does next, when it failed on the way and is not done. Default: the same again. */
  goOn?(): Promise<Answer>
}

export interface Flow {
  name: string
  /** Status of its answer when all goes well. */
  success: number
  /** Statuses of the same request once more, when the effect is there already. */
  repeated: number[]
  /** The effect is, or comes with, a mail after the answer, which tells nothing of it. */
  mailsLater?: true
  /** Middleware renews the session before, and has set its cookies also where what comes then fails. */
  renewsFirst?: true
  /** Needs `AUTH_SIGNUP=verify-first`. */
  provesFirst?: true
  prepare(ground: Ground): Promise<Prepared>
}

const PATIENCE_MS = 10_000
const POLL_MS = 10
const NEW_PASSWORD = 'another fine password'

export const FLOWS: Flow[] = [
  {
    name: 'to begin a sign-up that needs a proof',
    success: 202,
    repeated: [202],
    mailsLater: true,
    provesFirst: true,
    async prepare(ground) {
      const [client, email] = [aVisitor(ground), anEmail()]
      const act = () => client.post('/api/auth/signup', { email })
      return { client, act, isDone: mailComes(ground, email, '/signup/finish') }
    },
  },
  {
    name: 'to finish a sign-up',
    success: 201,
    repeated: [409, 400],
    provesFirst: true,
    prepare: (ground) => finishSignup(ground, anEmail()),
  },
  {
    name: 'to finish one over an unproved account',
    success: 201,
    repeated: [409, 400],
    provesFirst: true,
    async prepare(ground) {
      const { email } = await aSettledMember({ ...ground, url: ground.openSignup.url })
      return finishSignup(ground, email)
    },
  },
  {
    name: 'to sign up',
    success: 201,
    repeated: [409],
    async prepare(ground) {
      const [client, email] = [aVisitor(ground), anEmail()]
      const act = () => client.post('/api/auth/signup', { email, password: PASSWORD })
      return { client, act, isDone: () => canLogIn(ground, email) }
    },
  },
  {
    name: 'to log in',
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const { email } = await aSettledMember(ground)
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/login', { email, password: PASSWORD })
      return { client, act, isDone: () => isSignedIn(client) }
    },
  },
  {
    name: 'to refresh',
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const client = await aSettledMember(ground)
      return { client, act: () => client.post('/api/auth/refresh'), isDone: renewed(client) }
    },
  },
  renewal('/dashboard', 'on the way to a page'),
  renewal('/api/me', 'on the way to the API'),
  {
    name: 'to log out',
    success: 204,
    repeated: [204],
    async prepare(ground) {
      const client = await aSettledMember(ground)
      const cookie = cookieHeader(client)
      const isDone = async () => !(await isSignedIn(client, cookie))
      return { client, act: () => client.post('/api/auth/logout'), isDone }
    },
  },
  reading('to see who is signed in', '/api/auth/session'),
  reading('to see oneself', '/api/me'),
  reading('to list sessions', '/api/auth/sessions'),
  reading('to see the activity', '/api/auth/activity'),
  reading('to ask for the health', '/api/health'),
  {
    name: 'to end a session',
    success: 204,
    repeated: [204],
    async prepare(ground) {
      const [client, other] = await onTwoDevices(ground)
      const { json } = await other.get('/api/auth/session')
      const act = () => client.send(`/api/auth/sessions/${json.session.id}`, { method: 'DELETE' })
      return { client, act, isDone: hasEnded(other, client) }
    },
  },
  {
    name: 'to end the other sessions',
    success: 204,
    repeated: [204],
    async prepare(ground) {
      const [client, other] = await onTwoDevices(ground)
      const act = () => client.send('/api/auth/sessions', { method: 'DELETE' })
      return { client, act, isDone: hasEnded(other, client) }
    },
  },
  {
    name: 'to change the name',
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const client = await aSettledMember(ground)
      const act = () => client.send('/api/me', { method: 'PATCH', json: { name: 'Ada Byron' } })
      return { client, act, isDone: async () => (await client.get('/api/me')).json.name === 'Ada Byron' }
    },
  },
  {
    name: 'to change the password',
    success: 204,
    repeated: [403],
    async prepare(ground) {
      const [client, other] = await onTwoDevices(ground)
      const fields = { currentPassword: PASSWORD, newPassword: NEW_PASSWORD }
      const act = () => client.post('/api/auth/password', fields)
      const isDone = async () =>
        allOrNothing({
          'the old password is gone': !(await canLogIn(ground, client.email)),
          'the new one works': await canLogIn(ground, client.email, NEW_PASSWORD),
          'other sessions have ended': await hasEnded(other, client)(),
        })
      return { client, act, isDone }
    },
  },
  {
    name: 'to delete the account',
    success: 204,
    repeated: [401],
    async prepare(ground) {
      const client = await aSettledMember(ground)
      const cookie = cookieHeader(client)
      const act = () => client.send('/api/me', { method: 'DELETE', json: { password: PASSWORD } })
      const isDone = async () =>
        allOrNothing({
          'nobody can log in': !(await canLogIn(ground, client.email)),
          'the session has ended': !(await isSignedIn(client, cookie)),
        })
      return { client, act, isDone }
    },
  },
  {
    name: 'to list accounts',
    success: 200,
    repeated: [200],
    prepare: async (ground) => asking(await ground.admin(), '/api/admin/users?limit=3'),
  },
  {
    name: 'to list the sessions of an account',
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const { user } = (await aSettledMember(ground)).signedUp
      return asking(await ground.admin(), `/api/admin/users/${user.id}/sessions`)
    },
  },
  {
    name: 'to disable an account',
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const [client, member] = [await ground.admin(), await aSettledMember(ground)]
      const path = `/api/admin/users/${member.signedUp.user.id}`
      const act = () => client.send(path, { method: 'PATCH', json: { disabled: true } })
      const isDone = async () =>
        allOrNothing({
          'nobody can log in': !(await canLogIn(ground, member.email)),
          'sessions have ended': !(await isSignedIn(member, cookieHeader(member))),
        })
      return { client, act, isDone }
    },
  },
  {
    name: 'to ask for a new password',
    success: 202,
    repeated: [202],
    mailsLater: true,
    async prepare(ground) {
      const { email } = await aSettledMember(ground)
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/password/forgot', { email })
      return { client, act, isDone: mailComes(ground, email, '/reset-password') }
    },
  },
  {
    name: 'to choose a new password',
    success: 204,
    repeated: [400],
    async prepare(ground) {
      const member = await aSettledMember(ground)
      const client = aVisitor(ground)
      await client.post('/api/auth/password/forgot', { email: member.email })
      const token = await tokenFor(ground, member.email, '/reset-password')
      const act = () => client.post('/api/auth/password/reset', { token, password: NEW_PASSWORD })
      const isDone = async () =>
        allOrNothing({
          'the old password is gone': !(await canLogIn(ground, member.email)),
          'the new one works': await canLogIn(ground, member.email, NEW_PASSWORD),
          'sessions have ended': !(await isSignedIn(member, cookieHeader(member))),
        })
      return { client, act, isDone }
    },
  },
  {
    name: 'to confirm the address',
    success: 204,
    repeated: [204, 400],
    async prepare(ground) {
      const member = await aMember(ground)
      const token = await tokenFor(ground, member.email, '/verify-email')
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/email/verify', { token })
      return { client, act, isDone: async () => (await member.get('/api/me')).json.emailVerified }
    },
  },
  {
    name: 'to have the confirmation sent again',
    success: 202,
    repeated: [202],
    async prepare(ground) {
      const client = await aSettledMember(ground)
      const act = () => client.post('/api/auth/email/verify/send')
      return { client, act, isDone: mailComes(ground, client.email, '/verify-email') }
    },
  },
  {
    name: 'to ask for another address',
    success: 202,
    repeated: [202],
    async prepare(ground) {
      const [client, email] = [await aSettledMember(ground), anEmail()]
      const act = () => client.post('/api/auth/email/change', { email, password: PASSWORD })
      return { client, act, isDone: mailComes(ground, email, '/verify-email') }
    },
  },
  {
    name: 'to confirm another address',
    success: 204,
    repeated: [400],
    async prepare(ground) {
      const [member, email] = [await aSettledMember(ground), anEmail()]
      await member.post('/api/auth/email/change', { email, password: PASSWORD })
      const token = await tokenFor(ground, email, '/verify-email')
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/email/verify', { token })
      const isDone = async () =>
        allOrNothing({
          'it is shown': (await member.get('/api/me')).json.email === email,
          'it logs in': await canLogIn(ground, email),
          'the old one does not': !(await canLogIn(ground, member.email)),
        })
      return { client, act, isDone }
    },
  },
  {
    name: 'to ask for a log-in by mail',
    success: 202,
    repeated: [202],
    mailsLater: true,
    async prepare(ground) {
      const { email } = await aSettledMember(ground)
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/login/link', { email })
      return { client, act, isDone: mailComes(ground, email, '/login/confirm') }
    },
  },
  loginByMail('to log in by a mailed link', async (ground, client, email) => {
    const token = await tokenFor(ground, email, '/login/confirm')
    return () => client.post('/api/auth/login/link/confirm', { token })
  }),
  loginByMail('to log in by a mailed code', async ({ recorder }, client, email) => {
    const { text } = await recorder.takeMail(email, { link: '/login/confirm' })
    const code = /^(\d{6})$/m.exec(text)?.[1]
    return () => client.post('/api/auth/login/code', { code })
  }),
  {
    name: 'to say that it was somebody else',
    success: 204,
    repeated: [204, 400],
    mailsLater: true,
    async prepare(ground) {
      const [member, thief] = await onTwoDevices(ground)
      const token = await tokenFor(ground, member.email, '/secure-account')
      const hasMail = mailComes(ground, member.email, '/reset-password')
      const client = aVisitor(ground)
      const act = () => client.post('/api/auth/secure', { token })
      const isDone = async () => {
        const isSecured = allOrNothing({
          'the password is gone': !(await canLogIn(ground, member.email)),
          'the stranger is out': !(await isSignedIn(thief, cookieHeader(thief))),
          'so is every session': !(await isSignedIn(member, cookieHeader(member))),
        })
        return isSecured && (await hasMail())
      }
      return { client, act, isDone }
    },
  },
]

function renewal(path: string, where: string): Flow {
  return {
    name: `to be renewed ${where}`,
    success: 200,
    repeated: [200],
    renewsFirst: true,
    async prepare(ground) {
      const client = await aSettledMember(ground)
      client.cookies.delete('access')
      return { client, act: () => client.get(path), isDone: renewed(client) }
    },
  }
}

function reading(name: string, path: string): Flow {
  return {
    name,
    success: 200,
    repeated: [200],
    prepare: async (ground) => asking(await aSettledMember(ground), path),
  }
}

function asking(client: Visitor, path: string): Prepared {
  let status = 0
  const act = async () => {
    const answer = await client.get(path)
    status = answer.status
    return answer
  }
  return { client, act, isDone: async () => status === 200 }
}

/** @param prove waits for the mail and gives what its reader does with it */
function loginByMail(
  name: string,
  prove: (ground: Ground, client: Visitor, email: string) => Promise<() => Promise<Answer>>,
): Flow {
  return {
    name,
    success: 200,
    repeated: [200],
    async prepare(ground) {
      const { email } = await aSettledMember(ground)
      const client = aVisitor(ground)
      const ask = async () => {
        await client.post('/api/auth/login/link', { email })
        return prove(ground, client, email)
      }
      const act = await ask()
      // It works for one caller: where nobody can tell whether that was us, there is another.
      const goOn = async () => {
        const answer = await act()
        return answer.status === 400 ? (await ask())() : answer
      }
      return { client, act, isDone: () => isSignedIn(client), goOn }
    },
  }
}

async function finishSignup(ground: Ground, email: string): Promise<Prepared> {
  const client = aVisitor(ground)
  await client.post('/api/auth/signup', { email })
  const token = await tokenFor(ground, email, '/signup/finish')
  const act = () => client.post('/api/auth/signup/finish', { token, password: NEW_PASSWORD })
  return { client, act, isDone: () => canLogIn(ground, email, NEW_PASSWORD) }
}

/** Somebody who has signed up, and has got the mail that comes of it: nothing of it goes on any more. */
export async function aSettledMember(ground: Pick<Ground, 'url' | 'recorder'>): Promise<Member> {
  const member = await aMember(ground)
  await ground.recorder.takeMail(member.email, { link: '/verify-email' })
  return member
}

/** A member, and who has logged in as them on a device that the account had not seen. */
async function onTwoDevices(ground: Ground): Promise<[Member, Visitor]> {
  const member = await aSettledMember(ground)
  const other = aVisitor(ground)
  await other.post('/api/auth/login', { email: member.email, password: PASSWORD })
  await ground.recorder.waitForMail(member.email, { link: '/secure-account' })
  return [member, other]
}

/** From a new device, of which the owner gets a mail: it is waited for, so that nothing of the log-in goes on any more. */
async function canLogIn(ground: Ground, email: string, password = PASSWORD): Promise<boolean> {
  const isTold = mailComes(ground, email, '/secure-account')
  const { status, text } = await aVisitor(ground).post('/api/auth/login', { email, password })
  if (status !== 200 && status !== 401) throw new Error(`A log-in was answered with ${status}: ${text}`)
  if (status === 401) return false
  for (const end = Date.now() + PATIENCE_MS; !(await isTold()); await sleep(POLL_MS)) {
    if (Date.now() > end) throw new Error(`Nobody told ${email} of a log-in`)
  }
  return true
}

/** As the store knows. @param cookie of the visitor, where the jar no longer has it */
async function isSignedIn(visitor: Visitor, cookie = cookieHeader(visitor)): Promise<boolean> {
  const { status, text } = await aVisitor(visitor).get('/api/me', { cookie })
  if (status !== 200 && status !== 401) throw new Error(`GET /api/me was answered with ${status}: ${text}`)
  return status === 200
}

/** @param staying who has ended that session, and keeps their own */
function hasEnded(other: Visitor, staying: Visitor): () => Promise<boolean> {
  return async () => {
    if (!(await isSignedIn(staying))) throw new Error('One’s own session has ended')
    return !(await isSignedIn(other))
  }
}

/** Whether the client has got new tokens, and they work. */
function renewed(client: Visitor): () => Promise<boolean> {
  const before = client.cookies.get('refresh')
  return async () => client.cookies.get('refresh') !== before && (await isSignedIn(client))
}

/** Whether a mail has come since. */
function mailComes({ recorder }: Ground, to: string, path: string): () => Promise<boolean> {
  const count = () => recorder.mails.filter((mail) => mail.to === to && recorder.linkIn(mail).pathname === path).length
  const before = count()
  return async () => count() > before
}

async function tokenFor({ recorder }: Ground, to: string, path: string): Promise<string> {
  const mail = await recorder.takeMail(to, { link: path })
  return recorder.linkIn(mail).searchParams.get('token') ?? ''
}

function allOrNothing(parts: Record<string, boolean>): boolean {
  const values = Object.values(parts)
  if (values.some(Boolean) && !values.every(Boolean)) throw new Error(`Half done: ${JSON.stringify(parts)}`)
  return values.every(Boolean)
}
