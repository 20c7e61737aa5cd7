import type { ReactNode } from 'react'
import { MemberNav } from '../_components/member-nav.tsx'
import { Shell } from '../_components/shell.tsx'

/**
 * Frames the pages of who is signed in, and holds no check: it is rendered once for all its pages, and not again when a
 * client-side navigation goes from one to the other. Each page checks where it reads its data.
 */
export default function MemberLayout({ children }: { children: ReactNode }) {
  return (
    <Shell memberNav={<MemberNav />}>
      <div className="py-4">{children}</div>
    </Shell>
  )
}
