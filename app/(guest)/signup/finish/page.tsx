import { AuthPage } from '../../../_components/auth-page.tsx'
import { EmailAddress } from '../../../_components/email-address.tsx'
import { readFormDraft } from '../../../_components/form-draft.ts'
import { problemFromQuery } from '../../../_components/form-problem.ts'
import { IncompleteLink } from '../../../_components/incomplete-link.tsx'
import { linkMetadata } from '../../../_components/link-metadata.ts'
import { LinkPasswordForm } from '../../../_components/link-password-form.tsx'
import { readLinkToken } from '../../../_components/link-token.ts'
import { readLinkedAddress } from '../../../_components/linked-address.ts'
import { OutOfReach } from '../../../_components/out-of-reach.tsx'
import type { Query } from '../../../_components/query.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata = linkMetadata('Finish signing up', 'Choose a password for your new account.')

export default async function FinishSignupPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const problem = problemFromQuery(query)
  const token = await readLinkToken(query, problem)
  const another = (
    <a href="/signup" className="button button-primary min-h-12 w-full">
      Ask for a new link
    </a>
  )
  if (token === null) return <IncompleteLink>{another}</IncompleteLink>
  const read = await readLinkedAddress('signup', token)
  const email = read.ok ? read.value : undefined
  return (
    <AuthPage
      title="One last step"
      aside={
        <>
          The link shows that {email ? <EmailAddress>{email}</EmailAddress> : 'the address'} is yours. Choose a password
          to go with it.
        </>
      }
    >
      {read.ok ? (
        <LinkPasswordForm
          action="/api/auth/signup/finish"
          token={token}
          email={email}
          label="Create account"
          pendingLabel="Creating your account…"
          leadsTo="/dashboard"
          isSignup
          problem={problem}
          draft={problem ? await readFormDraft() : {}}
        >
          {another}
        </LinkPasswordForm>
      ) : (
        <OutOfReach href={`/signup/finish?${new URLSearchParams({ token })}`} />
      )}
    </AuthPage>
  )
}
