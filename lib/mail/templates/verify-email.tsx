import type { Draft } from './layout.tsx'
import { Button, Paragraph } from './parts.tsx'

export function verifyEmail({ url }: { url: string }): Draft {
  return {
    subject: 'Confirm your email address',
    preview: 'Tell us that this address is yours.',
    body: (
      <>
        <Paragraph>
          Welcome! Your account works already. Confirm that this address is yours, so that you can always get back in.
        </Paragraph>
        <Button href={url}>Confirm my address</Button>
        <Paragraph>The link works once, for 24 hours.</Paragraph>
        <Paragraph>You did not sign up? Then ignore this mail, and the address stays unconfirmed.</Paragraph>
      </>
    ),
  }
}
