/** The companion Worker: a home for the Durable Objects, which Pages cannot define. Only the app's bindings reach them. */
export { AccountObject } from '../store/durable/account-object.ts'
export { AddressObject } from '../store/durable/address-object.ts'
export { DirectoryObject } from '../store/durable/directory-object.ts'
export { LimitObject } from '../store/durable/limit-object.ts'
export { LinkObject } from '../store/durable/link-object.ts'
export { HasherObject } from './hasher-object.ts'

export default {
  fetch: () => new Response('Not found', { status: 404 }),
}
