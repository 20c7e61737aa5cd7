import { type HttpError, problem } from './problem.ts'

const TEXTS: Partial<Record<HttpError['code'], string>> = {
  store_unavailable: 'We can’t reach our database right now. You are still signed in; please try again in a moment.',
  rate_limited: 'That was a lot of requests at once. You are still signed in; please try again in a minute.',
}

/**
 * A refusal as a page that needs nothing else, for a browser that asked for a page when none can be made.
 *
 * @param retry where to try again; empty for the address that was asked for
 */
export function plainPage(error: HttpError, retry: string): Response {
  const { status, headers } = problem(error)
  const text = TEXTS[error.code] ?? 'Something went wrong on our side. Please try again in a moment.'
  headers.set('content-type', 'text/html; charset=utf-8')
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>One moment · Gatehouse</title><main><h1>One moment</h1><p>${text}</p>
<p><a href="${retry}">Try again</a></p></main></html>`
  return new Response(page, { status, headers })
}
