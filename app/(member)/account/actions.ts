'use server'

import { fail, type Result } from '@/lib/auth/result.ts'
import { updateProfile } from '@/lib/auth/update-profile.ts'
import { storeFailure } from '@/lib/http/endpoint.ts'
import type { HttpError } from '@/lib/http/problem.ts'
import { getServices, getUser } from '@/lib/next.ts'
import type { User } from '@/lib/store/contract.ts'
import { type FormProblem, problemOf } from '../../_components/form-problem.ts'

/**
 * Changes the name of who is signed in: a Server Action. Anyone can call it, from any page or none, so it parses what it
 * gets and asks the store itself who calls. What comes of it is a value: `redirect()` fails in Server Actions at the edge.
 *
 * @returns why it was refused, or null when it was not
 */
export async function changeName(form: FormData): Promise<FormProblem | null> {
  const changed = await change(form).catch(storeFailure)
  return changed.ok ? null : problemOf(changed.error)
}

async function change(form: FormData): Promise<Result<User, HttpError>> {
  const user = await getUser({ fresh: true })
  if (!user) return fail({ code: 'unauthenticated' })
  const name = form.get('name')
  return updateProfile(await getServices(), user, { name: typeof name === 'string' ? name : null })
}
