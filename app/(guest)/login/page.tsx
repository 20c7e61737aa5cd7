import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '@/lib/http/next-path.ts'
import { getServices, getUser } from '@/lib/next.ts'
import { AuthPage } from '../../_components/auth-page.tsx'
import { DoneNotice } from '../../_components/done-notice.tsx'
import { readFormDraft } from '../../_components/form-draft.ts'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { LoginForm } from '../../_components/login-form.tsx'
import { first, type Query } from '../../_components/query.ts'
import { withNext } from '../../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Log in', description: 'Log in to your account.' }

/** What led here. */
const DONE = new Map([
  ['deleted', 'Your account was deleted.'],
  ['reset', 'Your password was changed. Log in with the new one.'],
])

export default async function LoginPage({ searchParams }: { searchParams: Promise<Query> }) {
  if (await getUser()) redirect('/dashboard')
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  const done = first(query.done)
  const { canMail } = await getServices()
  return (
    <AuthPage
      title="Log in"
      aside={
        <>
          New here?{' '}
          <a className="link" href={withNext('/signup', next)}>
            Create an account
          </a>
        </>
      }
    >
      {done && DONE.has(done) && (
        <div className="mb-5">
          <DoneNotice>{DONE.get(done)}</DoneNotice>
        </div>
      )}
      <LoginForm
        next={next}
        problem={problem}
        draft={problem || done === 'reset' ? await readFormDraft() : {}}
        canMail={canMail}
      />
    </AuthPage>
  )
}
