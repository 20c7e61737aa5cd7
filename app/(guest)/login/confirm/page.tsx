import { safeNext } from '@/lib/http/next-path.ts'
import { AuthPage } from '../../../_components/auth-page.tsx'
import { problemFromQuery } from '../../../_components/form-problem.ts'
import { IncompleteLink } from '../../../_components/incomplete-link.tsx'
import { LinkForm } from '../../../_components/link-form.tsx'
import { linkMetadata } from '../../../_components/link-metadata.ts'
import { readLinkToken } from '../../../_components/link-token.ts'
import { first, type Query } from '../../../_components/query.ts'
import { withNext } from '../../../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata = linkMetadata('Log in by mail', 'Log in by a mailed link.')

export default async function ConfirmLoginPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  const token = await readLinkToken(query, problem)
  const another = (
    <a href={withNext('/login/link', next)} className="button button-primary min-h-12 w-full">
      Ask for a new link
    </a>
  )
  if (token === null) return <IncompleteLink>{another}</IncompleteLink>
  return (
    <AuthPage title="Log in by mail" aside="One click, and you are in.">
      <LinkForm
        action="/api/auth/login/link/confirm"
        token={token}
        label="Log in"
        pendingLabel="Logging in…"
        leadsTo={next}
        session="signed-in"
        problem={problem}
      >
        <p className="text-muted">
          If it is a new one, open it in the browser where you asked for it, or type the code there.
        </p>
        {another}
      </LinkForm>
    </AuthPage>
  )
}
