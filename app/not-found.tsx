import type { Metadata } from 'next'
import { MessagePage } from './_components/message-page.tsx'

export const metadata: Metadata = { title: 'Page not found' }

export default function NotFound() {
  return (
    <MessagePage title="There is no page here" text="The address may have a typo, or the page has moved.">
      <a href="/" className="button button-primary">
        Go to the start page
      </a>
    </MessagePage>
  )
}
