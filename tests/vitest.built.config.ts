import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'

/** Tests of the built app, from outside. They run in Node; `tests/support/instances.ts` starts what they talk to. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['tests/http/**/*.test.ts', 'tests/budgets/**/*.test.ts', 'tests/e2e/**/*.test.ts'],
    globalSetup: ['tests/support/instance-pool.ts'],
    setupFiles: ['tests/support/limit-windows.ts'],
    // The instances do the work, and need the cores; but many a test waits for time to pass.
    maxWorkers: 3,
    isolate: false, // what files have in common is outside: loading Playwright for each takes a second
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 300_000, // `next dev` has thirty routes to make, and may have half a core for it
    teardownTimeout: 60_000,
  },
})
