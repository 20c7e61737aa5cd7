import type { Metadata } from 'next'
import { redirect } from 'next/navigation'
import { safeNext } from '@/lib/http/next-path.ts'
import { getCookie, getServices, getUser } from '@/lib/next.ts'
import { AuthPage } from '../../../_components/auth-page.tsx'
import { CodeForm } from '../../../_components/code-form.tsx'
import { readFormDraft } from '../../../_components/form-draft.ts'
import { problemFromQuery } from '../../../_components/form-problem.ts'
import { MailRequestForm } from '../../../_components/mail-request-form.tsx'
import { NoMail } from '../../../_components/no-mail.tsx'
import { first, type Query } from '../../../_components/query.ts'
import { withNext } from '../../../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Log in by mail', description: 'Log in by a mailed link, or its code.' }

/** Name of the form for the code, for the way back from the API. */
const CODE_FORM = 'code'

export default async function LoginLinkPage({ searchParams }: { searchParams: Promise<Query> }) {
  if (await getUser()) redirect('/dashboard')
  const query = await searchParams
  const { canMail } = await getServices()
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  // It lives as long as the code works that was mailed for it.
  const isAwaited = (await getCookie('login')) !== null
  return (
    <AuthPage
      title="Log in by mail"
      aside={
        <>
          We mail you a link and a code, no password needed.{' '}
          <a className="link" href={withNext('/login', next)}>
            Use my password
          </a>
        </>
      }
    >
      {canMail ? (
        <MailRequestForm
          action="/api/auth/login/link"
          label="Email me a log-in link"
          next={next}
          problem={problem}
          draft={problem ? await readFormDraft() : {}}
          isSent={first(query.done) === 'link'}
          isOpen={isAwaited || first(query.form) === CODE_FORM}
          notice="If that address has an account, we have mailed it a link and a six-digit code. They work for 10 minutes: open the link in this browser, or type the code here."
        >
          <CodeForm next={next} problem={problemFromQuery(query, CODE_FORM)} />
        </MailRequestForm>
      ) : (
        <NoMail />
      )}
    </AuthPage>
  )
}
