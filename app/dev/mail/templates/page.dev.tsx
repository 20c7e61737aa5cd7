import type { Metadata } from 'next'
import { compose } from '@/lib/mail/compose.tsx'
import { Shell } from '../../../_components/shell.tsx'
import { MailFrame, MailText } from '../mail-frame.tsx'
import { SAMPLES } from './samples.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Mails' }

/** Every mail with sample data. */
export default function TemplatesPage() {
  return (
    <Shell>
      <a href="/dev/mail" className="link -mt-3 mb-1 inline-flex min-h-11 items-center">
        <span aria-hidden="true">←&nbsp;</span>Mailbox
      </a>
      <h1 className="mb-6 text-2xl sm:text-3xl">Mails</h1>
      <div className="grid gap-6">
        {SAMPLES.map((message) => {
          const { subject, html, text } = compose(message)
          return (
            <section key={message.kind} aria-labelledby={message.kind} className="card min-w-0 p-5 sm:p-8">
              <h2 id={message.kind} className="text-lg">
                {subject}
              </h2>
              <p className="mb-4 text-sm text-muted">{message.kind}</p>
              <div className="grid gap-6 lg:grid-cols-2 [&>*]:min-w-0">
                <MailFrame title={subject} html={html} />
                <MailText text={text} />
              </div>
            </section>
          )
        })}
      </div>
    </Shell>
  )
}
