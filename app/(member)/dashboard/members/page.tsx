import type { Metadata } from 'next'
import { ok } from '@/lib/auth/result.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { requireUser } from '@/lib/next.ts'
import { OutOfReach } from '../../../_components/out-of-reach.tsx'

export const runtime = 'edge'
export const dynamic = 'force-dynamic'

export const metadata: Metadata = {
  title: 'Members',
  description: 'For members with a confirmed address.',
  robots: { index: false, follow: false },
}

/** An example: what only somebody with a confirmed address may see. */
export default async function MembersPage() {
  const read = await requireUser({ verified: true }).then(ok).catch(storeFailure)
  return (
    <>
      <h1 className="mb-4 text-2xl sm:text-3xl">For members</h1>
      {read.ok ? (
        <p className="wrap-anywhere">You are in: we know that {read.value.email} is yours.</p>
      ) : (
        <OutOfReach href="/dashboard/members" />
      )}
    </>
  )
}
