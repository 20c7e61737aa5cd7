import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '@/lib/http/next-path.ts'
import { getUser } from '@/lib/next.ts'
import { AuthPage } from '../../_components/auth-page.tsx'
import { readFormDraft } from '../../_components/form-draft.ts'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { first, type Query } from '../../_components/query.ts'
import { SignupForm } from '../../_components/signup-form.tsx'
import { withNext } from '../../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Sign up', description: 'Create an account.' }

export default async function SignupPage({ searchParams }: { searchParams: Promise<Query> }) {
  if (await getUser()) redirect('/dashboard')
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  return (
    <AuthPage
      title="Create your account"
      aside={
        <>
          Have one already?{' '}
          <a className="link" href={withNext('/login', next)}>
            Log in
          </a>
        </>
      }
    >
      <SignupForm next={next} problem={problem} draft={problem ? await readFormDraft() : {}} />
    </AuthPage>
  )
}
