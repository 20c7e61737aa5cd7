'use client'

import PageError from './error.tsx'
import './globals.css'

/** Stands in for the root layout too. */
export default function GlobalError() {
  return (
    <html lang="en">
      <body>
        <title>Something went wrong · Gatehouse</title>
        <PageError />
      </body>
    </html>
  )
}
