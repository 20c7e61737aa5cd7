'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { withNext } from './with-next.ts'

interface NavLinkProps {
  href: string
  /** Whether it carries along where a sign-in leads. */
  carriesNext?: boolean
  className?: string
  children: string
}

/** A link of a navigation bar, which knows whether it leads to the page that is shown, or to the pages below it. */
export function NavLink({ href, carriesNext, className = 'px-2 sm:px-3', children }: NavLinkProps) {
  const path = usePathname()
  const next = useSearchParams().get('next')
  return (
    <a
      href={carriesNext && next ? withNext(href, next) : href}
      aria-current={path === href ? 'page' : path.startsWith(`${href}/`) || undefined}
      className={`button text-muted hover:text-ink aria-[current]:text-ink ${className}`}
    >
      {children}
    </a>
  )
}
