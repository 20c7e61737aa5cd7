import type { Metadata } from 'next'
import { MessagePage } from './_components/message-page.tsx'

export const metadata: Metadata = { title: 'For admins only' }

/** What `forbidden()` shows, with status 403. */
export default function Forbidden() {
  return (
    <MessagePage
      title="This page is for admins"
      text="You are signed in, but your account may not open it. If it should, please ask an admin for the role."
    >
      <a href="/dashboard" className="button button-primary">
        Go to your dashboard
      </a>
    </MessagePage>
  )
}
