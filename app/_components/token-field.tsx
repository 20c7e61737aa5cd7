import { useEffect } from 'react'
import { forgetInAddress } from './address.ts'

const PARAMETERS = ['token']

/** Carries the token of a mailed link, and takes it out of the page's address, where it could be read, shared or kept. */
export function TokenField({ token }: { token: string }) {
  useEffect(() => forgetInAddress(PARAMETERS), [])
  return <input type="hidden" name="token" value={token} />
}
