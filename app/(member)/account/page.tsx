import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import type { FreshUser } from '@/lib/auth/authenticate.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN } from '@/lib/auth/roles.ts'
import type { SignupPolicy } from '@/lib/auth/services.ts'
import { listSessions, type SessionOverview } from '@/lib/auth/sessions.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { getServices, requireUser } from '@/lib/next.ts'
import { EMAIL_UNDO_SECONDS, type UnixSeconds } from '@/lib/store/contract.ts'
import { ActionButton } from '../../_components/action-button.tsx'
import { ActivityList } from '../../_components/activity-list.tsx'
import { DeleteAccountForm } from '../../_components/delete-account-form.tsx'
import { DoneNotice } from '../../_components/done-notice.tsx'
import { EmailForm } from '../../_components/email-form.tsx'
import { readFormDraft } from '../../_components/form-draft.ts'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { NameForm } from '../../_components/name-form.tsx'
import { NoMail } from '../../_components/no-mail.tsx'
import { OutOfReach } from '../../_components/out-of-reach.tsx'
import { PasswordForm } from '../../_components/password-form.tsx'
import { ProblemNotice } from '../../_components/problem-notice.tsx'
import { first, type Query } from '../../_components/query.ts'
import { Row, Rows } from '../../_components/rows.tsx'
import { SessionList } from '../../_components/session-list.tsx'
import { changeName } from './actions.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: 'Account',
  description: 'Your profile, password and sessions.',
  robots: { index: false, follow: false },
}

export default async function AccountPage({ searchParams }: { searchParams: Promise<Query> }) {
  const read = await readAccount().catch(storeFailure)
  const query = await searchParams
  return (
    <>
      <h1 className="text-2xl sm:text-3xl">Your account</h1>
      <div className="mt-6 grid gap-6 sm:mt-8">
        {read.ok ? <Sections {...read.value} query={query} /> : <OutOfReach href="/account" />}
      </div>
    </>
  )
}

/** All in one round trip. Whose it is, the access token says; that the session still runs, the store. */
async function readAccount() {
  const { id, sessionId } = await requireUser()
  const services = await getServices()
  const [user, sessions, activity] = await Promise.all([
    requireUser({ fresh: true }),
    listSessions(services, id, sessionId),
    services.store.accounts.activity(id),
  ])
  const { canMail, signupPolicy } = services
  return ok({ user, sessions, activity, now: services.clock(), canMail, signupPolicy })
}

type Account = Awaited<ReturnType<typeof readAccount>>['value']

function Sections({ user, sessions, activity, now, canMail, signupPolicy, query }: Account & { query: Query }) {
  const done = first(query.done)
  return (
    <>
      <Section id="profile" title="Profile" text="How you appear here.">
        <ProfileSection user={user} query={query} />
      </Section>
      <Section id="email" title="Email" text="What you log in with, and where we reach you.">
        {done === 'email' && (
          <DoneNotice>We have mailed a link to the new address; it becomes yours once you click it.</DoneNotice>
        )}
        <EmailSection user={user} now={now} canMail={canMail} signupPolicy={signupPolicy} query={query} />
      </Section>
      <Section id="password" title="Password" text="Changing it signs you out everywhere else. This session goes on.">
        {done === 'password' && <DoneNotice>Your password was changed. Every other session has ended.</DoneNotice>}
        <PasswordForm email={user.email} name={user.name} problem={problemFromQuery(query, 'password')} />
        {canMail && (
          <a className="link justify-self-start" href="/forgot-password">
            I don't know my password
          </a>
        )}
      </Section>
      <Section
        id="sessions"
        title="Sessions"
        text="Where you are signed in. End what you do not recognise, then change your password."
      >
        {done === 'session' && <DoneNotice>That session has ended.</DoneNotice>}
        {done === 'sessions' && <DoneNotice>Every other session has ended.</DoneNotice>}
        <SessionsSection sessions={sessions} now={now} query={query} />
      </Section>
      <Section id="activity" title="Security activity" text="The latest that concerned the security of your account.">
        <ActivityList activity={activity} now={now} />
      </Section>
      <Section
        id="delete"
        title="Delete account"
        text="Your profile, your sessions and your activity go for good. Nobody can bring them back, not even we."
      >
        {user.roles.includes(ADMIN) ? (
          <p className="text-muted">
            You are an admin, and an admin's account cannot be deleted. Ask another admin to take the role away first.
          </p>
        ) : (
          <DeleteAccountForm email={user.email} problem={problemFromQuery(query, 'delete')} />
        )}
      </Section>
    </>
  )
}

interface SectionProps {
  id: string
  title: string
  text: string
  children: ReactNode
}

/** @param id also names the forms in it, for the way back from the API */
function Section({ id, title, text, children }: SectionProps) {
  return (
    <section
      id={id}
      aria-labelledby={`${id}-title`}
      className="card grid scroll-mt-6 gap-x-10 gap-y-5 p-5 sm:p-8 lg:grid-cols-[16rem_minmax(0,1fr)]"
    >
      <div>
        <h2 id={`${id}-title`} className="text-lg">
          {title}
        </h2>
        <p className="mt-1 text-sm text-muted">{text}</p>
      </div>
      <div className="grid min-w-0 content-start gap-5">{children}</div>
    </section>
  )
}

async function ProfileSection({ user, query }: { user: FreshUser; query: Query }) {
  const problem = problemFromQuery(query, 'profile')
  const draft = problem ? await readFormDraft() : {}
  return (
    <>
      <NameForm
        change={changeName}
        name={draft.name ?? user.name ?? ''}
        isSaved={first(query.done) === 'profile'}
        problem={problem}
      />
      <div className="border-t border-line pt-5">
        <Rows>
          <Row label="Member since">{IN_UTC.format(user.createdAt * 1000)}</Row>
        </Rows>
      </div>
    </>
  )
}

const IN_UTC = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })

interface EmailSectionProps {
  user: FreshUser
  now: UnixSeconds
  canMail: boolean
  signupPolicy: SignupPolicy
  query: Query
}

async function EmailSection({ user, now, canMail, signupPolicy, query }: EmailSectionProps) {
  const problem = problemFromQuery(query, 'email')
  const unsent = problemFromQuery(query, 'verification')
  const mayChangeAt = user.emailChangedAt === null ? 0 : user.emailChangedAt + EMAIL_UNDO_SECONDS
  const takesNewPassword = signupPolicy === 'verify-first'
  const mayChange = canMail && now >= mayChangeAt
  return (
    <>
      <div id="verification" className="grid scroll-mt-6 gap-5">
        {first(query.done) === 'verification' && (
          <DoneNotice>
            {takesNewPassword
              ? 'We have mailed you a link to choose a new password, which confirms your address, too. It works for 30 minutes.'
              : 'We have mailed you a link. It works for 24 hours.'}
          </DoneNotice>
        )}
        {unsent && <ProblemNotice problem={unsent} />}
        <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
          <p className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 wrap-anywhere">
            {user.email} <span className="badge">{user.emailVerified ? 'Confirmed' : 'Not confirmed yet'}</span>
          </p>
          {canMail && !user.emailVerified && (
            <ActionButton action="/api/auth/email/verify/send">
              {takesNewPassword ? 'Email me a link to confirm it' : 'Send the confirmation again'}
            </ActionButton>
          )}
        </div>
      </div>
      {now < mayChangeAt && (
        <p className="text-muted">
          You changed your address lately. We mailed a link to the one before, which takes the change back until{' '}
          {IN_UTC.format(mayChangeAt * 1000)}. After that you can change it again.
        </p>
      )}
      {!canMail && <NoMail />}
      {problem && !mayChange && <ProblemNotice problem={problem} />}
      {mayChange && (
        <div className="border-t border-line pt-5">
          <EmailForm email={user.email} problem={problem} typed={problem ? (await readFormDraft()).email : undefined} />
        </div>
      )}
    </>
  )
}

interface SessionsSectionProps {
  sessions: SessionOverview[]
  now: UnixSeconds
  query: Query
}

function SessionsSection({ sessions, now, query }: SessionsSectionProps) {
  const problem = problemFromQuery(query, 'sessions')
  return (
    <>
      {problem && <ProblemNotice problem={problem} />}
      <SessionList
        sessions={sessions}
        now={now}
        renderAction={({ id, current }, device) =>
          current || (
            <ActionButton action={`/api/auth/sessions/${id}`} method="DELETE" label={`Sign out ${device}`}>
              Sign out
            </ActionButton>
          )
        }
      />
      {sessions.some(({ current }) => !current) && (
        <div className="border-t border-line pt-5">
          <ActionButton action="/api/auth/sessions" method="DELETE">
            Sign out all others
          </ActionButton>
        </div>
      )}
    </>
  )
}
