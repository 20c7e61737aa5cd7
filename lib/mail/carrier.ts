/** What carriers of mail have in common. */

/** A mail, ready to be sent. */
export interface Letter {
  /** An address, or `Name <address>`. */
  from: string
  to: string
  subject: string
  html: string
  text: string
}

/** What came of one try. */
export type Handover =
  | { outcome: 'taken' }
  | {
      outcome: 'refused'
      /** Status and error name, for the log: no address and nothing of the mail. */
      reason: string
      /** Whether another try may do better. */
      isPassing: boolean
      /** Seconds; 0 where the carrier did not say. */
      retryAfter: number
    }

/**
 * Tries once to hand the letter over. What it throws is an answer that did not come.
 *
 * @param key the same for each try of one mail
 */
export type Carry = (letter: Letter, key: string, signal: AbortSignal) => Promise<Handover>

/** Says that a machine wrote, so that no other machine answers (RFC 3834 §5). */
export const AUTO_SUBMITTED = { name: 'Auto-Submitted', value: 'auto-generated' }

/** A provider's answer. */
export interface Answer {
  status: number
  /** Empty where it is no JSON object. */
  fields: Partial<Record<string, unknown>>
  /** Seconds; 0 where it does not say. */
  retryAfter: number
}

export interface Post {
  url: string
  headers: Record<string, string>
  body: unknown
}

/** Posts JSON to a provider. */
export async function post(send: typeof fetch, { url, headers, body }: Post, signal: AbortSignal): Promise<Answer> {
  const response = await send(url, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      // Workers send none, and Resend refuses requests without (its error 1010).
      'user-agent': 'gatehouse',
      ...headers,
    },
    body: JSON.stringify(body),
    redirect: 'manual', // the key is for this host only
    signal,
  })
  const text = await response.text()
  const retryAfter = Number(response.headers.get('retry-after') ?? 0)
  return { status: response.status, fields: parseFields(text), retryAfter: retryAfter > 0 ? Math.ceil(retryAfter) : 0 }
}

/** @param name the provider's own word for what was wrong */
export function refusal({ status, retryAfter }: Answer, name: unknown, isPassing: boolean): Handover {
  const isName = (typeof name === 'string' && /^\w{1,40}$/.test(name)) || Number.isInteger(name)
  return { outcome: 'refused', reason: isName ? `${status} ${name}` : `${status}`, isPassing, retryAfter }
}

/** Whether the provider is too busy, or out of order. */
export function isOverloaded(status: number): boolean {
  return status === 429 || status >= 500
}

function parseFields(text: string): Answer['fields'] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}
