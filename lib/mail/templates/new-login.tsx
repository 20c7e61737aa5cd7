import type { Draft } from './layout.tsx'
import { type IncidentMail, WasThisYou } from './was-this-you.tsx'

export function newLogin({ url, incident }: IncidentMail): Draft {
  return {
    subject: 'New login to your account',
    preview: 'Was this you?',
    body: (
      <WasThisYou url={url} incident={incident}>
        Somebody logged in to your account from a device that we had not seen before.
      </WasThisYou>
    ),
  }
}
