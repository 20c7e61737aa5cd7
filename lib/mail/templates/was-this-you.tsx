import type { ReactNode } from 'react'
import type { Incident } from '../../auth/mail.ts'
import { Button, Facts, Paragraph } from './parts.tsx'

export interface IncidentMail {
  /** Leads to the button for "no". */
  url: string
  incident: Incident
}

interface WasThisYouProps extends IncidentMail {
  /** What happened. */
  children: ReactNode
  /** What the button does beside, to go on after a word. */
  remedy?: string
}

export function WasThisYou({ url, incident, remedy = '', children }: WasThisYouProps) {
  return (
    <>
      <Paragraph>{children}</Paragraph>
      <Facts {...incident} />
      <Paragraph>If this was you, there is nothing to do.</Paragraph>
      <Paragraph>
        If it was not, secure your account: the link leads to a button that logs out every device{remedy}, and mails you
        a link to choose a new password. It works for 7 days.
      </Paragraph>
      <Button href={url}>It wasn't me</Button>
    </>
  )
}
