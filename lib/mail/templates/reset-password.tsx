import type { Draft } from './layout.tsx'
import { Button, Paragraph } from './parts.tsx'

/** @param isGone the password that the account had was taken away */
export function resetPassword({ url, isGone }: { url: string; isGone: boolean }): Draft {
  return {
    subject: isGone ? 'Choose a new password to log in' : 'Choose a new password',
    preview: 'The link works once, for 30 minutes.',
    body: (
      <>
        <Paragraph>
          {isGone
            ? 'To keep others out of your account, the password that it had no longer works. Please choose a new one.'
            : 'Somebody, hopefully you, asked for a new password for your account.'}
        </Paragraph>
        <Button href={url}>Choose a new password</Button>
        <Paragraph>The link works once, for 30 minutes. A new password logs you out on every device.</Paragraph>
        <Paragraph>
          {isGone
            ? 'If you need it later, there is nothing to do now: where you log in, you can ask for another link at any time.'
            : 'You did not ask for this? Then ignore this mail, and your password stays as it is.'}
        </Paragraph>
      </>
    ),
  }
}
