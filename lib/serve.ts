import { endpoint, type Handlers } from './http/endpoint.ts'
import type { FormPages } from './http/form.ts'
import { readVisitor } from './http/visitor.ts'
import { currentPlatform } from './platform.ts'
import { openServices } from './services.ts'

/**
 * The route functions, one for every method, for a route's handlers: `export const { GET, POST, … } = serve({ GET: show })`.
 *
 * @param forms where a page's form post to this route leads
 */
export function serve(handlers: Handlers, forms?: FormPages) {
  return endpoint(
    async ({ headers }, { origin }) => {
      const { services, proxy } = await openServices(currentPlatform(), origin)
      return { services, visitor: readVisitor(headers, proxy) }
    },
    handlers,
    forms,
  )
}
