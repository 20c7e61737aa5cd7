import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '@/lib/http/next-path.ts'
import { getServices, getUser } from '@/lib/next.ts'
import { AuthPage } from '../../_components/auth-page.tsx'
import { readFormDraft } from '../../_components/form-draft.ts'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { MailRequestForm } from '../../_components/mail-request-form.tsx'
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
  const draft = problem ? await readFormDraft() : {}
  const { signupPolicy } = await getServices()
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
      {signupPolicy === 'verify-first' ? (
        <MailRequestForm
          action="/api/auth/signup"
          label="Email me a link"
          next={next}
          problem={problem}
          draft={draft}
          isSent={first(query.done) === 'signup'}
          notice="Check your mail: the link there leads on. It works for 24 hours."
        />
      ) : (
        <SignupForm next={next} problem={problem} draft={draft} />
      )}
    </AuthPage>
  )
}
