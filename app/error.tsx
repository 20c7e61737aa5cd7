'use client'

import { MessagePage } from './_components/message-page.tsx'

export default function PageError() {
  return (
    <MessagePage title="That didn't work" text="Something went wrong on our side. Nothing was lost; please try again.">
      {/* Loads the document anew: only the server can repair what failed on the server. */}
      <button type="button" className="button button-primary" onClick={() => location.reload()}>
        Try again
      </button>
      <a href="/" className="button button-quiet">
        Go to the start page
      </a>
    </MessagePage>
  )
}
