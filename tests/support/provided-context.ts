import 'vitest'

declare module 'vitest' {
  /** What `backends.ts` started, for tests to `inject`. */
  interface ProvidedContext {
    redis: { url: string; token: string }
    /** Accepts connections and says nothing. */
    silentUrl: string
    /** Of a server whose answers stop halfway. */
    stallingUrl: string
  }
}
