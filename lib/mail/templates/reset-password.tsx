import type { Draft } from './layout.tsx'
import { Button, Paragraph } from './parts.tsx'

export function resetPassword({ url }: { url: string }): Draft {
  return {
    subject: 'Choose a new password',
    preview: 'The link works once, for 30 minutes.',
    body: (
      <>
        <Paragraph>Somebody, hopefully you, asked for a new password for your account.</Paragraph>
        <Button href={url}>Choose a new password</Button>
        <Paragraph>The link works once, for 30 minutes. A new password logs you out on every device.</Paragraph>
        <Paragraph>You did not ask for this? Then ignore this mail, and your password stays as it is.</Paragraph>
      </>
    ),
  }
}
