import { cookies } from 'next/headers'
import type { CookieName } from '@/lib/http/cookies.ts'

/** The value of one of our cookies, by its name over https or over plain http; undefined without it. For pages. */
export async function readPageCookie(name: CookieName): Promise<string | undefined> {
  const jar = await cookies()
  return (jar.get(`__Host-${name}`) ?? jar.get(name))?.value
}
