import type { ReactNode } from 'react'
import { Mark } from './logo.tsx'

interface AuthPageProps {
  title: string
  /** The way to the other form. */
  aside: ReactNode
  children: ReactNode
}

/** What stands on the stage for a form that one signs in with. */
export function AuthPage({ title, aside, children }: AuthPageProps) {
  return (
    <>
      <Mark className="mb-5 hidden size-9 text-accent sm:block" />
      <h1 className="text-2xl sm:text-3xl">{title}</h1>
      <p className="mt-2 mb-7 text-muted">{aside}</p>
      {children}
    </>
  )
}
