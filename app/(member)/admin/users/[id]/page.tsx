import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { findAccount } from '@/lib/auth/administration.ts'
import { isId } from '@/lib/auth/ids.ts'
import { ok } from '@/lib/auth/result.ts'
import { ADMIN, isNamedAdmin } from '@/lib/auth/roles.ts'
import { listSessions } from '@/lib/auth/sessions.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { getServices, requireRole } from '@/lib/next.ts'
import { AccessForms } from '../../../../_components/admin-access-forms.tsx'
import { AccessBadges } from '../../../../_components/admin-badges.tsx'
import { DoneNotice } from '../../../../_components/done-notice.tsx'
import { problemFromQuery } from '../../../../_components/form-problem.ts'
import { LocalTime } from '../../../../_components/local-time.tsx'
import { OutOfReach } from '../../../../_components/out-of-reach.tsx'
import { ProblemNotice } from '../../../../_components/problem-notice.tsx'
import { first, type Query } from '../../../../_components/query.ts'
import { Row, Rows } from '../../../../_components/rows.tsx'
import { SessionList } from '../../../../_components/session-list.tsx'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: 'Manage account',
  description: 'What an account may do, and its sessions.',
  robots: { index: false, follow: false },
}

interface AccountPageProps {
  params: Promise<{ id: string }>
  searchParams: Promise<Query>
}

export default async function OneAccountPage({ params, searchParams }: AccountPageProps) {
  const { id } = await params
  const found = await readAccount(id).catch(storeFailure)
  if (!found.ok) {
    return (
      <>
        <h1 className="mb-6 text-2xl sm:text-3xl">Manage account</h1>
        <OutOfReach href={`/admin/users/${id}`} />
      </>
    )
  }

  const { user, sessions, admin, rolePolicy, now } = found.value
  const query = await searchParams
  const problem = problemFromQuery(query, 'access')
  return (
    <>
      <a href="/admin" className="link -mt-3 mb-1 inline-flex min-h-11 items-center">
        <span aria-hidden="true">←&nbsp;</span>All accounts
      </a>
      <h1 className="mb-3 text-2xl wrap-anywhere sm:text-3xl">{user.email}</h1>
      <AccessBadges {...user} />

      <div className="mt-8 grid items-start gap-6 lg:grid-cols-2">
        <section aria-labelledby="profile-title" className="card p-5 sm:p-8">
          <h2 id="profile-title" className="mb-4 text-lg">
            Profile
          </h2>
          <Rows>
            <Row label="Name">{user.name ?? <span className="text-muted">Not given</span>}</Row>
            <Row label="Email">{user.emailVerified ? 'Verified' : 'Not verified yet'}</Row>
            <Row label="Status">{user.disabled ? 'Disabled: cannot sign in' : 'Enabled: can sign in'}</Row>
            <Row label="Joined">
              <LocalTime seconds={user.createdAt} />
            </Row>
            <Row label="User id">
              <code className="font-mono text-sm">{user.id}</code>
            </Row>
          </Rows>
        </section>

        <section id="access" aria-labelledby="access-title" className="card scroll-mt-6 p-5 sm:p-8">
          <h2 id="access-title" className="mb-4 text-lg">
            Access
          </h2>
          <div className="grid gap-5">
            {first(query.done) === 'access' && <DoneNotice>Saved.</DoneNotice>}
            {problem && <ProblemNotice problem={problem} />}
            <AccessForms
              user={user}
              roles={rolePolicy.roles}
              isNamed={isNamedAdmin(rolePolicy, user)}
              isOwn={user.id === admin.id}
            />
          </div>
        </section>

        <section aria-labelledby="sessions-title" className="card p-5 sm:p-8 lg:col-span-2">
          <h2 id="sessions-title" className="mb-4 text-lg">
            Sessions
          </h2>
          {sessions.length > 0 ? (
            <SessionList sessions={sessions} now={now} />
          ) : (
            <p className="text-muted">Not signed in anywhere.</p>
          )}
        </section>
      </div>
    </>
  )
}

/** The role is checked here, where the data is. */
async function readAccount(id: string) {
  const admin = await requireRole(ADMIN, { fresh: true })
  if (!isId(id)) notFound()
  const services = await getServices()
  const [user, sessions] = await Promise.all([findAccount(services, id), listSessions(services, id, admin.sessionId)])
  if (!user.ok) notFound()
  return ok({ user: user.value, sessions, admin, rolePolicy: services.rolePolicy, now: services.clock() })
}
