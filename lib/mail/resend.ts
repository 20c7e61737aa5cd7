import { AUTO_SUBMITTED, type Carry, isOverloaded, post, refusal } from './carrier.ts'

/** The status of a try while one before, of the same key, is still at work: `concurrent_idempotent_requests`. */
const CONFLICT = 409

/** Resend's HTTP API, https://resend.com/docs/api-reference/emails/send-email. A key used again sends nothing again for 24 hours. */
export function resendCarrier({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }, send: typeof fetch): Carry {
  return async ({ from, to, subject, html, text }, key, signal) => {
    const answer = await post(
      send,
      {
        url: `${baseUrl}/emails`,
        headers: { authorization: `Bearer ${apiKey}`, 'idempotency-key': key },
        body: { from, to: [to], subject, html, text, headers: { [AUTO_SUBMITTED.name]: AUTO_SUBMITTED.value } },
      },
      signal,
    )
    const { status, fields } = answer
    if (status === 200 && typeof fields.id === 'string') return { outcome: 'taken' }
    return refusal(answer, fields.name, isOverloaded(status) || status === CONFLICT)
  }
}
