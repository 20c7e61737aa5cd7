/** Miniflare, for workerd with more than one Worker of ours in it, and how the companion Worker's objects are bound there. */
import { createRequire } from 'node:module'

// Wrangler's own: the one beside it in node_modules belongs to another tool.
const fromWrangler = createRequire(createRequire(import.meta.url).resolve('wrangler'))
export const { Miniflare, convertV4MiniflareOptions } = fromWrangler('miniflare')

/** As in lib/companion/wrangler.toml: nothing of Node there. */
export const COMPANION_COMPATIBILITY = { compatibilityDate: '2026-11-01' }

/** As in wrangler.toml. */
export const COMPATIBILITY = { ...COMPANION_COMPATIBILITY, compatibilityFlags: ['nodejs_compat'] }

/** Name of the companion Worker. */
export const COMPANION = 'gatehouse-store'

/** Its objects that the store is made of: classes by binding. */
export const STORE_OBJECTS = {
  STORE: 'AccountObject',
  STORE_ADDRESSES: 'AddressObject',
  STORE_DIRECTORY: 'DirectoryObject',
  STORE_LIMITS: 'LimitObject',
  STORE_LINKS: 'LinkObject',
}

/** Those, and the one that hashes. */
export const COMPANION_OBJECTS = { ...STORE_OBJECTS, HASHER: 'HasherObject' }

/** @param scriptName the Worker that has the classes; default: the one that they are bound in */
export function bindObjects(classes: Record<string, string>, scriptName?: string) {
  return Object.fromEntries(
    Object.entries(classes).map(([name, className]) => [name, { className, useSQLite: true, scriptName }]),
  )
}
