import { AuthPage } from '../../_components/auth-page.tsx'
import { EmailAddress } from '../../_components/email-address.tsx'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { IncompleteLink } from '../../_components/incomplete-link.tsx'
import { linkMetadata } from '../../_components/link-metadata.ts'
import { LinkPasswordForm } from '../../_components/link-password-form.tsx'
import { readLinkToken } from '../../_components/link-token.ts'
import { readLinkedAddress } from '../../_components/linked-address.ts'
import { OutOfReach } from '../../_components/out-of-reach.tsx'
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
  const read = await readLinkedAddress('reset', token)
  const email = read.ok ? read.value : undefined
  return (
    <AuthPage
      title="Choose a new password"
      aside={
        <>
          {email && (
            <>
              For <EmailAddress>{email}</EmailAddress>.{' '}
            </>
          )}
          A new one signs you out everywhere. Then you log in with it.
        </>
      }
    >
      {read.ok ? (
        <LinkPasswordForm
          action="/api/auth/password/reset"
          token={token}
          email={email}
          label="Change password"
          pendingLabel="Changing…"
          leadsTo="/login?done=reset"
          problem={problem}
          draft={{}}
        >
          {another}
        </LinkPasswordForm>
      ) : (
        <OutOfReach href={`/reset-password?${new URLSearchParams({ token })}`} />
      )}
    </AuthPage>
  )
}
