import type { Metadata } from 'next'
import { requireUser } from '@/lib/next.ts'
import { messageFor } from '../../_components/form-problem.ts'
import { Profile } from '../../_components/profile.tsx'
import { first, type Query } from '../../_components/query.ts'
import { Row, Rows } from '../../_components/rows.tsx'
import { SessionRows } from '../../_components/session-rows.tsx'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: 'Dashboard',
  description: 'Your account and this session.',
  robots: { index: false, follow: false },
}

export default async function DashboardPage({ searchParams }: { searchParams: Promise<Query> }) {
  const user = await requireUser()
  const error = first((await searchParams).error)
  return (
    <>
      {error && (
        <p role="alert" className="notice notice-danger mb-6">
          {messageFor(error)}
        </p>
      )}
      <h1 className="text-2xl sm:text-3xl">You're signed in</h1>
      <p className="mt-2 text-muted">
        This page was rendered from your access token alone, without asking the database.
      </p>

      <p className="mt-2">
        <a className="link" href="/dashboard/members">
          For members with a confirmed address
        </a>
      </p>

      <div className="mt-8 grid gap-6 lg:grid-cols-2">
        <section aria-labelledby="account" className="card p-5 sm:p-8">
          <h2 id="account" className="mb-4 text-lg">
            Account
          </h2>
          <Profile />
        </section>

        <section aria-labelledby="session" className="card p-5 sm:p-8">
          <h2 id="session" className="mb-4 text-lg">
            This session
          </h2>
          <Rows>
            <Row label="User id">
              <code className="font-mono text-sm">{user.id}</code>
            </Row>
            <Row label="Session id">
              <code className="font-mono text-sm">{user.sessionId}</code>
            </Row>
            <SessionRows />
          </Rows>
        </section>
      </div>
    </>
  )
}
