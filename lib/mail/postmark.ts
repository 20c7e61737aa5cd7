import { AUTO_SUBMITTED, type Carry, isOverloaded, post, refusal } from './carrier.ts'

/**
 * Postmark's HTTP API, https://postmarkapp.com/developer/api/email-api. It knows no idempotency keys: of a
 * mail whose answer was lost, a second copy may be sent, with the same link in it.
 */
export function postmarkCarrier(
  { serverToken, baseUrl }: { serverToken: string; baseUrl: string },
  send: typeof fetch,
): Carry {
  return async ({ from, to, subject, html, text }, _key, signal) => {
    const answer = await post(
      send,
      {
        url: `${baseUrl}/email`,
        headers: { 'x-postmark-server-token': serverToken },
        body: {
          From: from,
          To: to,
          Subject: subject,
          HtmlBody: html,
          TextBody: text,
          MessageStream: 'outbound',
          Headers: [{ Name: AUTO_SUBMITTED.name, Value: AUTO_SUBMITTED.value }],
          // Whatever the server's own settings say: tracked links go through Postmark, tokens and all.
          TrackOpens: false,
          TrackLinks: 'None',
        },
      },
      signal,
    )
    const { status, fields } = answer
    if (status === 200 && fields.ErrorCode === 0) return { outcome: 'taken' }
    return refusal(answer, fields.ErrorCode, isOverloaded(status))
  }
}
