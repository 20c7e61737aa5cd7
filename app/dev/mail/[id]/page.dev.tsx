import type { Metadata } from 'next'
import { notFound } from 'next/navigation'
import { LocalTime } from '../../../_components/local-time.tsx'
import { Row, Rows } from '../../../_components/rows.tsx'
import { Shell } from '../../../_components/shell.tsx'
import { MailFrame, MailText } from '../mail-frame.tsx'
import { readMails } from '../mailbox.ts'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Mail' }

export default async function MailPage({ params }: { params: Promise<{ id: string }> }) {
  const [{ id }, mails] = await Promise.all([params, readMails()])
  const mail = mails.find((each) => each.id === id)
  if (!mail) notFound()
  const links = mail.text.match(/^https?:\S+$/gm) ?? []
  return (
    <Shell>
      <a href="/dev/mail" className="link -mt-3 mb-1 inline-flex min-h-11 items-center">
        <span aria-hidden="true">←&nbsp;</span>Mailbox
      </a>
      <h1 className="mb-6 text-2xl wrap-anywhere sm:text-3xl">{mail.subject}</h1>
      <div className="grid gap-6">
        <section aria-label="Header" className="card p-5 sm:p-8">
          <Rows>
            <Row label="To">{mail.to}</Row>
            <Row label="Sent">
              <LocalTime seconds={mail.sentAt} />
            </Row>
            <Row label="Links">
              <ul className="grid gap-2">
                {[...new Set(links)].map((link) => (
                  <li key={link}>
                    <a href={link} className="link">
                      {link}
                    </a>
                  </li>
                ))}
              </ul>
            </Row>
          </Rows>
        </section>
        <section aria-labelledby="text-title" className="card min-w-0 p-5 sm:p-8">
          <h2 id="text-title" className="mb-4 text-lg">
            As text
          </h2>
          <MailText text={mail.text} />
        </section>
        <section aria-labelledby="html-title" className="card p-5 sm:p-8">
          <h2 id="html-title" className="mb-4 text-lg">
            As HTML
          </h2>
          <MailFrame title={mail.subject} html={mail.html} />
        </section>
      </div>
    </Shell>
  )
}
