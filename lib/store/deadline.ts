import type { Store } from './contract.ts'

/** After this a store counts as out of reach: sooner than a visitor gives up, later than a slow but healthy round trip. */
export const STORE_DEADLINE_SECONDS = 2

/** The store failed, or did not answer in time. Whether a write was done is not known. `cause` says more, for the log. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'

  constructor(cause: unknown) {
    super('The store is out of reach', { cause })
  }
}

/**
 * Starts `operation` at once, in the caller's own tick (commands issued in one tick travel together).
 *
 * @throws {StoreUnavailable} when it fails, or has not answered after `seconds`
 */
export function withDeadline<T>(operation: () => Promise<T>, seconds = STORE_DEADLINE_SECONDS): Promise<T> {
  return orUnavailable(async () => {
    let cancel = () => {}
    const deadline = new Promise<never>((_, reject) => {
      const timer = setTimeout(() => reject(new Error(`No answer within ${seconds} s`)), seconds * 1_000)
      cancel = () => clearTimeout(timer)
    })
    try {
      return await Promise.race([operation(), deadline])
    } finally {
      cancel()
    }
  })
}

/**
 * Starts `operation` at once; for a driver that keeps the deadline itself.
 *
 * @throws {StoreUnavailable} when it fails
 */
export async function orUnavailable<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation()
  } catch (cause) {
    throw new StoreUnavailable(cause)
  }
}

/** The same store, each operation under the deadline. */
export function storeWithDeadline({ kind, ping, accounts, sessions, links }: Store): Store {
  return {
    kind,
    ping: () => withDeadline(ping),
    accounts: operationsWithDeadline(accounts),
    sessions: operationsWithDeadline(sessions),
    links: operationsWithDeadline(links),
  }
}

type Operation = (...args: never[]) => Promise<unknown>
type Operations<Part> = Record<keyof Part, Operation>

/** The same operations, each under the deadline. */
export function operationsWithDeadline<Part extends Operations<Part>>(part: Part): Part {
  return eachOf(part, withDeadline)
}

/** The same operations, each by `orUnavailable`. */
export function operationsOrUnavailable<Part extends Operations<Part>>(part: Part): Part {
  return eachOf(part, orUnavailable)
}

function eachOf<Part extends Operations<Part>>(
  part: Part,
  guard: (operation: () => Promise<unknown>) => Promise<unknown>,
): Part {
  const operations = Object.entries<Operation>(part)
  return Object.fromEntries(
    operations.map(([name, operation]) => [name, (...args: never[]) => guard(() => operation(...args))]),
  ) as Part
}
