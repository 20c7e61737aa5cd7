import type { Draft } from './layout.tsx'
import { Button, Paragraph } from './parts.tsx'

export function finishSignup({ url }: { url: string }): Draft {
  return {
    subject: 'Finish signing up',
    preview: 'One step is left until your account is ready.',
    body: (
      <>
        <Paragraph>Welcome! One step is left: open this link, choose a password, and your account is ready.</Paragraph>
        <Button href={url}>Finish signing up</Button>
        <Paragraph>The link works once, for 24 hours.</Paragraph>
        <Paragraph>You did not sign up? Then ignore this mail: without the link, there will be no account.</Paragraph>
      </>
    ),
  }
}
