import type { Metadata } from 'next'
import { safeNext } from '@/lib/http/next-path.ts'
import { AuthPage } from '../_components/auth-page.tsx'
import { readFormDraft } from '../_components/form-draft.ts'
import { problemFromQuery } from '../_components/form-problem.ts'
import { LoginForm } from '../_components/login-form.tsx'
import { first, type Query } from '../_components/query.ts'
import { withNext } from '../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Log in', description: 'Log in to your account.' }

export default async function LoginPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  return (
    <AuthPage
      path="/login"
      next={next}
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
      <LoginForm next={next} problem={problem} draft={problem ? await readFormDraft() : {}} />
    </AuthPage>
  )
}
