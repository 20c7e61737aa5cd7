import 'vitest'

declare module 'vitest' {
  /** What `vitest.config.ts` provides, for runs to `inject`. */
  interface ProvidedContext {
    /** How long a run goes on for each store, or how much it does, as a measure. */
    minutes: number
  }
}
