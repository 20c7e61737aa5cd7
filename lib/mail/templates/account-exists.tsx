import type { Draft } from './layout.tsx'
import { Button, Paragraph, WrittenLink } from './parts.tsx'

export function accountExists({ loginUrl, resetUrl }: { loginUrl: string; resetUrl: string }): Draft {
  return {
    subject: 'You already have an account',
    preview: 'Somebody tried to sign up with your address.',
    body: (
      <>
        <Paragraph>
          Somebody, probably you, tried to sign up with this address. It has an account already, so nothing was changed:
          just log in.
        </Paragraph>
        <Button href={loginUrl}>Log in</Button>
        <Paragraph>If you have forgotten your password, choose a new one here:</Paragraph>
        <WrittenLink href={resetUrl} />
        <Paragraph>It was not you? Then ignore this mail. Whoever it was has learnt nothing.</Paragraph>
      </>
    ),
  }
}
