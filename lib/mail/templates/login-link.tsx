import type { Draft } from './layout.tsx'
import { Button, Code, Paragraph } from './parts.tsx'

export function loginLink({ url, code }: { url: string; code: string }): Draft {
  return {
    subject: 'Your login link',
    preview: 'The link works once, for 10 minutes.',
    body: (
      <>
        <Paragraph>Log in with this link, in the browser in which you asked for it:</Paragraph>
        <Button href={url}>Log in</Button>
        <Paragraph>You read this on another device? Then type this code where you asked to log in:</Paragraph>
        <Code>{code}</Code>
        <Paragraph>
          Link and code work once, for 10 minutes. Tell the code to nobody: we never ask for it by phone or by mail.
        </Paragraph>
        <Paragraph>You did not ask for this? Then ignore this mail: without it, nobody gets in.</Paragraph>
      </>
    ),
  }
}
