import type { Metadata } from 'next'
import { notFound } from 'next/navigation'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = { title: 'Page not found' }

/** Whatever no other page takes. Rendered per request: scripts of a static not-found page would lack the policy's nonce. */
export default function AnyOtherPage() {
  notFound()
}
