import type { Draft } from './layout.tsx'
import { type IncidentMail, WasThisYou } from './was-this-you.tsx'

export function passwordChanged({ url, incident }: IncidentMail): Draft {
  return {
    subject: 'Your password was changed',
    preview: 'Was this you?',
    body: (
      <WasThisYou url={url} incident={incident}>
        The password of your account was changed.
      </WasThisYou>
    ),
  }
}
