import { readFormDraft } from './form-draft.ts'
import type { FormProblem } from './form-problem.ts'
import { first, type Query } from './query.ts'

/**
 * The token of a mailed link: in the address or, when its form was refused without JavaScript, in the draft. Null without
 * one, unless the link is known not to work: then nobody needs it any more.
 */
export async function readLinkToken(query: Query, problem: FormProblem | null): Promise<string | null> {
  const token = first(query.token)
  if (token || !problem) return token || null
  return (await readFormDraft()).token ?? (problem.code === 'invalid_link' ? '' : null)
}
