import { endpoint, type Handlers } from './http/endpoint.ts'
import type { FormPages } from './http/form.ts'
import { readVisitor } from './http/visitor.ts'
import { openMailer, wait } from './mail/mailer.ts'
import { currentPlatform } from './platform.ts'
import { openMailbox, openServices } from './services.ts'

/**
 * The route functions, one for every method, for a route's handlers: `export const { GET, POST, … } = serve({ GET: show })`.
 *
 * @param forms where a page's form post to this route leads
 */
export function serve(handlers: Handlers, forms?: FormPages) {
  return endpoint(
    async ({ headers }, url) => {
      const platform = currentPlatform()
      const { services, proxy, mail } = await openServices(platform, url.origin)
      const { issuer, clock } = services
      const mailer = openMailer({
        mail,
        issuer,
        mailbox: platform.isDevelopment ? openMailbox(platform) : null,
        clock,
        fetch: (...request) => fetch(...request),
        wait,
      })
      return { services: { ...services, mailer }, visitor: readVisitor(headers, proxy, url) }
    },
    handlers,
    forms,
  )
}
