import type {} from 'vitest'

declare module 'vitest' {
  /** What `backends.ts` started, for benchmarks to `inject`: one for a small amount of data, one for a large. */
  interface ProvidedContext {
    redisOfFew: { url: string; token: string }
    redisOfMany: { url: string; token: string }
  }
}
