import type { Metadata } from 'next'
import { getServices } from '@/lib/next.ts'
import { AuthPage } from '../../_components/auth-page.tsx'
import { readFormDraft } from '../../_components/form-draft.ts'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { MailRequestForm } from '../../_components/mail-request-form.tsx'
import { NoMail } from '../../_components/no-mail.tsx'
import { first, type Query } from '../../_components/query.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Forgot your password?', description: 'Choose a new password by mail.' }

export default async function ForgotPasswordPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const { canMail } = await getServices()
  const problem = problemFromQuery(query)
  return (
    <AuthPage
      title="Forgot your password?"
      aside={
        <>
          We mail you a link to choose a new one.{' '}
          <a className="link" href="/login">
            Back to log in
          </a>
        </>
      }
    >
      {canMail ? (
        <MailRequestForm
          action="/api/auth/password/forgot"
          label="Email me a link"
          problem={problem}
          draft={problem ? await readFormDraft() : {}}
          isSent={first(query.done) === 'forgot'}
          notice="If that address has an account, we have mailed it a link. It works for 30 minutes."
        />
      ) : (
        <NoMail />
      )}
    </AuthPage>
  )
}
