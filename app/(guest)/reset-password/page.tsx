import { AuthPage } from '../../_components/auth-page.tsx'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { IncompleteLink } from '../../_components/incomplete-link.tsx'
import { linkMetadata } from '../../_components/link-metadata.ts'
import { LinkPasswordForm } from '../../_components/link-password-form.tsx'
import { readLinkToken } from '../../_components/link-token.ts'
import type { Query } from '../../_components/query.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata = linkMetadata('Choose a new password', 'Choose a new password by a mailed link.')

export default async function ResetPasswordPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const problem = problemFromQuery(query)
  const token = await readLinkToken(query, problem)
  const another = (
    <a href="/forgot-password" className="button button-primary min-h-12 w-full">
      Ask for a new link
    </a>
  )
  if (token === null) return <IncompleteLink>{another}</IncompleteLink>
  return (
    <AuthPage title="Choose a new password" aside="It signs you out everywhere. Then you log in with the new one.">
      <LinkPasswordForm
        action="/api/auth/password/reset"
        token={token}
        label="Change password"
        pendingLabel="Changing…"
        leadsTo="/login?done=reset"
        problem={problem}
        draft={{}}
      >
        {another}
      </LinkPasswordForm>
    </AuthPage>
  )
}
