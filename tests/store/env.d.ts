import type { HasherObject } from '../../lib/companion/hasher-object.ts'
import type { AccountObject } from '../../lib/store/durable/account-object.ts'
import type { AddressObject } from '../../lib/store/durable/address-object.ts'
import type { DirectoryObject } from '../../lib/store/durable/directory-object.ts'
import type { LimitObject } from '../../lib/store/durable/limit-object.ts'
import type { LinkObject } from '../../lib/store/durable/link-object.ts'
import type { MailboxObject } from '../../lib/store/durable/mailbox-object.ts'

declare global {
  namespace Cloudflare {
    /** Bindings of `lib/companion/wrangler.toml`. */
    interface Env {
      STORE: DurableObjectNamespace<AccountObject>
      STORE_ADDRESSES: DurableObjectNamespace<AddressObject>
      STORE_DIRECTORY: DurableObjectNamespace<DirectoryObject>
      STORE_LIMITS: DurableObjectNamespace<LimitObject>
      STORE_LINKS: DurableObjectNamespace<LinkObject>
      HASHER: DurableObjectNamespace<HasherObject>
      /** Of `vitest.config.ts`: in production the app has the one, and nobody the other. */
      REVOKED: KVNamespace
      STORE_MAILBOX: DurableObjectNamespace<MailboxObject>
    }

    interface GlobalProps {
      mainModule: typeof import('../../lib/companion/worker.dev.ts')
    }
  }
}
