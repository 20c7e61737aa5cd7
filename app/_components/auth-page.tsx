import type { ReactNode } from 'react'
import { Mark } from './logo.tsx'
import { Shell } from './shell.tsx'

interface AuthPageProps {
  path: string
  next: string
  title: string
  /** The way to the other form. */
  aside: ReactNode
  children: ReactNode
}

/** The stage for a form that one signs in with. */
export function AuthPage({ path, next, title, aside, children }: AuthPageProps) {
  return (
    <Shell path={path} next={next}>
      <div className="mx-auto my-auto w-full max-w-md py-4 sm:py-10">
        <div className="sm:card sm:p-10">
          <Mark className="mb-5 hidden size-9 text-accent sm:block" />
          <h1 className="text-2xl sm:text-3xl">{title}</h1>
          <p className="mt-2 mb-7 text-muted">{aside}</p>
          {children}
        </div>
      </div>
    </Shell>
  )
}
