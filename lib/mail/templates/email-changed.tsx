import type { Draft } from './layout.tsx'
import { type IncidentMail, WasThisYou } from './was-this-you.tsx'

export function emailChanged({ url, newEmail, incident }: IncidentMail & { newEmail: string }): Draft {
  return {
    subject: 'Your email address was changed',
    preview: 'Was this you?',
    body: (
      <WasThisYou url={url} incident={incident} remedy=", brings this address back">
        The address of your account was changed from this one to {newEmail}.
      </WasThisYou>
    ),
  }
}
