import { findLink } from '@/lib/auth/links.ts'
import { ok } from '@/lib/auth/result.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import { getServices } from '@/lib/next.ts'
import type { LinkPurpose } from '@/lib/store/contract.ts'

/**
 * The address that a link was mailed to, or undefined for one that does not work; `store_unavailable` when it cannot be told.
 * It takes nothing: programs that look for harm open every link. And it gives nothing away: who has the token has the mail.
 */
export async function readLinkedAddress(purpose: LinkPurpose, token: string) {
  return findLink(await getServices(), purpose, token)
    .then((link) => ok(link?.email))
    .catch(storeFailure)
}
