import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '@/lib/http/next-path.ts'
import { getUser } from '@/lib/next.ts'
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

export default async function LoginPage({ searchParams }: { searchParams: Promise<Query> }) {
  if (await getUser()) redirect('/dashboard')
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
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
      {first(query.done) === 'deleted' && (
        <div className="mb-5">
          <DoneNotice>Your account was deleted.</DoneNotice>
        </div>
      )}
      <LoginForm next={next} problem={problem} draft={problem ? await readFormDraft() : {}} />
    </AuthPage>
  )
}
