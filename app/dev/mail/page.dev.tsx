import type { Metadata } from 'next'
import { getServices } from '@/lib/next.ts'
import type { KeptMail, UnixSeconds } from '@/lib/store/contract.ts'
import { RelativeTime } from '../../_components/relative-time.tsx'
import { Shell } from '../../_components/shell.tsx'
import { readMails } from './mailbox.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Mailbox' }

/** Only in development: this file's extension is no page's in a production build (`next.config.ts`). */
export default async function MailboxPage() {
  const [mails, { clock }] = await Promise.all([readMails(), getServices()])
  return (
    <Shell>
      <div className="flex flex-wrap items-baseline justify-between gap-x-6 gap-y-2">
        <h1 className="text-2xl sm:text-3xl">Mailbox</h1>
        <a href="/dev/mail/templates" className="link inline-flex min-h-11 items-center">
          Preview every mail
        </a>
      </div>
      <p className="mt-2 mb-6 text-muted">In development, mails stay here and reach nobody.</p>
      {mails.length > 0 ? (
        <MailList mails={mails} now={clock()} />
      ) : (
        <p className="card p-5 text-muted sm:p-8">
          No mail yet.{' '}
          <a href="/signup" className="link">
            Sign up
          </a>
          , and the first one is here.
        </p>
      )}
    </Shell>
  )
}

function MailList({ mails, now }: { mails: KeptMail[]; now: UnixSeconds }) {
  return (
    <ul aria-label="Mails" className="card divide-y divide-line overflow-hidden">
      {mails.map(({ id, to, subject, sentAt }) => (
        <li key={id} className="relative grid gap-1 p-5 wrap-anywhere hover:bg-canvas sm:px-8">
          {/* The whole row is the link's. */}
          <a
            href={`/dev/mail/${id}`}
            className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent"
          >
            {subject}
          </a>
          <p className="text-sm text-muted">
            To {to} · <RelativeTime seconds={sentAt} now={now} />
          </p>
        </li>
      ))}
    </ul>
  )
}
