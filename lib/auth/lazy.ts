/**
 * What `make` makes, made when it is first asked for. For what takes milliseconds to make and the first request of a new isolate may
 * do without.
 */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
