import type { ReactNode } from 'react'
import { Shell } from '../_components/shell.tsx'

/**
 * The stage of the forms that one signs in with. Whether the visitor is a guest is asked by each page: a layout is rendered
 * once for all its pages, and not again when a client-side navigation goes from one to the other.
 */
export default function GuestLayout({ children }: { children: ReactNode }) {
  return (
    <Shell>
      <div className="mx-auto my-auto w-full max-w-md py-4 sm:py-10">
        <div className="sm:card sm:p-10">{children}</div>
      </div>
    </Shell>
  )
}
