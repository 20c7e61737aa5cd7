import type { ReactNode } from 'react'
import { Logo } from './logo.tsx'

/**
 * What surrounds every page. Links are plain `<a>` throughout: each navigation loads a document, so that the server
 * decides anew who is signed in, and no client-side cache keeps a private page.
 */
export function Frame({ nav, children }: { nav?: ReactNode; children: ReactNode }) {
  return (
    <>
      <a
        href="#main"
        className="button button-primary sr-only focus:not-sr-only focus:absolute focus:m-3 focus:inline-flex focus:px-5"
      >
        Skip to content
      </a>
      <header className="mx-auto flex w-full max-w-5xl flex-wrap items-center justify-between gap-x-2 px-5 py-4 sm:px-8 sm:py-6">
        <Logo />
        {nav}
      </header>
      <main id="main" className="mx-auto flex w-full max-w-5xl grow flex-col px-5 sm:px-8">
        {children}
      </main>
      <footer className="mx-auto w-full max-w-5xl px-5 py-8 text-sm text-muted sm:px-8">
        No trackers here. Only cookies for signing in, and one by which we know this browser again.
      </footer>
    </>
  )
}
