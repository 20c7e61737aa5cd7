import type { Draft } from './layout.tsx'
import { Button, Paragraph } from './parts.tsx'

export function changeEmail({ url }: { url: string }): Draft {
  return {
    subject: 'Confirm your new email address',
    preview: 'Your account keeps the address it has until you do.',
    body: (
      <>
        <Paragraph>
          You asked to use this address for your account. Confirm that it is yours; until then the account keeps the
          address it has.
        </Paragraph>
        <Button href={url}>Use this address</Button>
        <Paragraph>The link works once, for 24 hours.</Paragraph>
        <Paragraph>You did not ask for this? Then ignore this mail, and nothing changes.</Paragraph>
      </>
    ),
  }
}
