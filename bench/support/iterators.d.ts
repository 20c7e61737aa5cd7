/**
 * What every iterator has (https://tc39.es/proposal-explicit-resource-management/). The types of Node count on it where those
 * of Workers do not know it, and benchmarks see both.
 */
interface IterableIterator<T, TReturn, TNext> {
  [Symbol.dispose](): void
}
