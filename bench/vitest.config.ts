import { join } from 'node:path'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'
import { TableReporter } from './support/table-reporter.ts'

const root = join(import.meta.dirname, '..')

/**
 * Benchmarks: inside workerd with the objects of the companion Worker, where `support/backends.ts` adds Redis, or from outside,
 * in Node, which starts a workerd of its own.
 */
export default defineConfig({
  root,
  test: {
    reporters: [new TableReporter()],
    fileParallelism: false, // each shall have the machine for itself
    projects: [
      {
        root,
        plugins: [cloudflareTest({ wrangler: { configPath: './lib/companion/wrangler.toml' } })],
        test: {
          name: 'inside',
          include: ['bench/*.bench.ts'],
          globalSetup: ['bench/support/backends.ts'],
          testTimeout: 600_000,
        },
      },
      { root, test: { name: 'outside', include: ['bench/outside/*.bench.ts'], testTimeout: 1_200_000 } },
    ],
  },
})
