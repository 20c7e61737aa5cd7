import { AuthPage } from '../../_components/auth-page.tsx'
import { DoneNotice } from '../../_components/done-notice.tsx'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { IncompleteLink } from '../../_components/incomplete-link.tsx'
import { LinkForm } from '../../_components/link-form.tsx'
import { linkMetadata } from '../../_components/link-metadata.ts'
import { readLinkToken } from '../../_components/link-token.ts'
import { first, type Query } from '../../_components/query.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata = linkMetadata('Was this not you?', 'Take your account back.')

export default async function SecureAccountPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  if (first(query.done) === 'secured') {
    return (
      <AuthPage
        title="Your account is safe"
        aside="Only your mail opens it now. Use the link there to choose a password."
      >
        <DoneNotice>Every session has ended, and the old password is gone. We have mailed you a link.</DoneNotice>
        <p className="mt-5 text-muted">
          Nothing came?{' '}
          <a className="link" href="/forgot-password">
            Ask for another link
          </a>
        </p>
      </AuthPage>
    )
  }
  const problem = problemFromQuery(query)
  const token = await readLinkToken(query, problem)
  const otherWay = (
    <>
      <p className="text-muted">
        If you still fear for your account, choose a new password: that ends every session too.
      </p>
      <a href="/forgot-password" className="button button-primary min-h-12 w-full">
        Choose a new password
      </a>
    </>
  )
  if (token === null) {
    return (
      <IncompleteLink>
        <div className="grid gap-5">{otherWay}</div>
      </IncompleteLink>
    )
  }
  return (
    <AuthPage
      title="Was this not you?"
      aside="The button ends every session, takes the password away and, if your address was changed, gives it back to you. Then we mail you a link to choose a new password."
    >
      <LinkForm
        action="/api/auth/secure"
        token={token}
        label="Secure my account"
        pendingLabel="Securing…"
        leadsTo="/secure-account?done=secured"
        session="ended"
        problem={problem}
      >
        {otherWay}
      </LinkForm>
    </AuthPage>
  )
}
