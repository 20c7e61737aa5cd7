import type { ReactNode } from 'react'
import { Frame } from './frame.tsx'

/** A page that says one thing, and depends on nothing that may be out of order: not on who is signed in either. */
export function MessagePage({ title, text, children }: { title: string; text: string; children: ReactNode }) {
  return (
    <Frame>
      <div className="my-auto max-w-lg py-10">
        <h1 className="text-3xl sm:text-4xl">{title}</h1>
        <p className="mt-3 text-lg text-muted">{text}</p>
        <div className="mt-8 flex flex-wrap gap-3">{children}</div>
      </div>
    </Frame>
  )
}
