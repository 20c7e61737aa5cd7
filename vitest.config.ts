import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * Unit and store tests and the simulation, inside workerd, with the objects of the companion Worker; `tests/support/backends.ts`
 * adds Redis.
 */
export default defineConfig({
  plugins: [
    cloudflareTest({
      main: './lib/companion/worker.dev.ts',
      wrangler: { configPath: './lib/companion/wrangler.toml' },
      miniflare: {
        kvNamespaces: ['REVOKED'], // the app's, not the companion's
        durableObjects: { STORE_MAILBOX: { className: 'MailboxObject', useSQLite: true } }, // of development
      },
    }),
  ],
  test: {
    include: ['tests/{unit,store,simulation}/**/*.test.ts'],
    restoreMocks: true,
    testTimeout: 30_000, // machines are noisy; what must be quick has a deadline of its own
    globalSetup: ['tests/support/backends.ts'],
    maxWorkers: 2, // also where there are two cores
  },
})
