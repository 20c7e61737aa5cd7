import type { ReactNode } from 'react'
import { ok } from '@/lib/auth/result.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { safeNext } from '@/lib/http/next-path.ts'
import { getServices, getUser } from '@/lib/next.ts'
import { ActionButton } from '../../_components/action-button.tsx'
import { AuthPage } from '../../_components/auth-page.tsx'
import { DoneNotice } from '../../_components/done-notice.tsx'
import { EmailAddress } from '../../_components/email-address.tsx'
import { problemFromQuery } from '../../_components/form-problem.ts'
import { LinkForm } from '../../_components/link-form.tsx'
import { linkMetadata } from '../../_components/link-metadata.ts'
import { readLinkToken } from '../../_components/link-token.ts'
import { NoMail } from '../../_components/no-mail.tsx'
import { OutOfReach } from '../../_components/out-of-reach.tsx'
import { first, type Query } from '../../_components/query.ts'
import { withNext } from '../../_components/with-next.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

const TITLE = 'Confirm your address'

export const metadata = linkMetadata(TITLE, 'Show that your email address is yours.')

export default async function VerifyEmailPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams
  const next = safeNext(first(query.next))
  const problem = problemFromQuery(query)
  const token = await readLinkToken(query, problem)
  if (first(query.done) === 'verified') return <Verified next={next} />
  if (token === null) return <WithoutToken next={next} />
  return (
    <AuthPage title={TITLE} aside="One click, and we know that it is yours.">
      <LinkForm
        action="/api/auth/email/verify"
        token={token}
        label="Confirm my address"
        pendingLabel="Confirming…"
        leadsTo="/verify-email?done=verified"
        problem={problem}
      >
        <WayOn href="/verify-email">Ask for a new link</WayOn>
      </LinkForm>
    </AuthPage>
  )
}

async function Verified({ next }: { next: string }) {
  const user = await getUser()
  return (
    <AuthPage title="Thank you" aside="We now know that it is yours, and where to reach you.">
      <div className="grid gap-5">
        <DoneNotice>Your address is confirmed.</DoneNotice>
        <WayOn href={user ? next : '/login'}>{user ? 'Go on' : 'Log in'}</WayOn>
      </div>
    </AuthPage>
  )
}

/** Where `requireUser({ verified: true })` leads, too. */
async function WithoutToken({ next }: { next: string }) {
  const read = await getUser({ fresh: true }).then(ok).catch(storeFailure)
  const here = withNext('/verify-email', next)
  if (!read.ok) {
    return (
      <AuthPage title={TITLE} aside="We mail you a link for it.">
        <OutOfReach href={here} />
      </AuthPage>
    )
  }
  const user = read.value
  if (!user) {
    return (
      <AuthPage
        title={TITLE}
        aside="Open the link that we mailed you, all of it. To have another one mailed, log in first."
      >
        <WayOn href={withNext('/login', here)}>Log in</WayOn>
      </AuthPage>
    )
  }
  if (user.emailVerified) {
    return (
      <AuthPage title="Your address is confirmed" aside={<EmailAddress>{user.email}</EmailAddress>}>
        <WayOn href={next}>Go on</WayOn>
      </AuthPage>
    )
  }
  const { canMail, signupPolicy } = await getServices()
  const takesNewPassword = signupPolicy === 'verify-first'
  const address = <EmailAddress>{user.email}</EmailAddress>
  return (
    <AuthPage
      title={TITLE}
      aside={
        <>
          This needs an address that we know to be yours.{' '}
          {takesNewPassword ? (
            <>Choose a new password by a link that we mail to {address}.</>
          ) : (
            <>Open the link that we mailed to {address}, or have it sent again.</>
          )}
        </>
      }
    >
      {canMail ? (
        <ActionButton action="/api/auth/email/verify/send">
          {takesNewPassword ? 'Email me a link' : 'Send the mail again'}
        </ActionButton>
      ) : (
        <NoMail />
      )}
      <p className="mt-5 text-muted">
        Not your address?{' '}
        <a className="link" href="/account#email">
          Change it
        </a>
      </p>
    </AuthPage>
  )
}

function WayOn({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} className="button button-primary min-h-12 w-full">
      {children}
    </a>
  )
}
