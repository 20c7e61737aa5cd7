import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { TableReporter } from './support/table-reporter.ts'

/** Benchmarks, inside workerd with the objects of the companion Worker; `support/backends.ts` adds Redis. */
export default defineConfig({
  root: join(import.meta.dirname, '..'),
  plugins: [cloudflareTest({ wrangler: { configPath: './lib/companion/wrangler.toml' } })],
  test: {
    include: ['bench/*.bench.ts'],
    globalSetup: ['bench/support/backends.ts'],
    reporters: [new TableReporter()],
    fileParallelism: false, // each shall have the machine for itself
    testTimeout: 600_000,
  },
})
