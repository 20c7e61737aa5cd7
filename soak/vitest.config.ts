import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { TableReporter } from '../bench/support/table-reporter.ts'
import './support/provided-context.ts'

const MINUTES = Number(process.env.GATEHOUSE_SOAK_MINUTES ?? 10)

/** Long runs against the built app, from outside. They run in Node, one after the other: each shall have the machine for itself. */
export default defineConfig({
  root: join(import.meta.dirname, '..'),
  test: {
    include: ['soak/*.soak.ts'],
    reporters: [new TableReporter()],
    fileParallelism: false,
    provide: { minutes: MINUTES },
    testTimeout: 24 * 3_600_000, // they end by themselves
  },
})
