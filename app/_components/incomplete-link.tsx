import type { ReactNode } from 'react'
import { AuthPage } from './auth-page.tsx'

/** What a page behind a mailed link shows when the link has lost its token on the way. */
export function IncompleteLink({ children }: { children: ReactNode }) {
  return (
    <AuthPage
      title="This link is incomplete"
      aside="Open it from the mail once more. If you copy it, copy all of it, to the last letter."
    >
      {children}
    </AuthPage>
  )
}
