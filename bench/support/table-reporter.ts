import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { formatTable } from './table.ts'

/** Prints what is being measured, its table when it is done, or why it has failed. */
export class TableReporter implements Reporter {
  onTestCaseReady({ name, options }: TestCase): void {
    if (options.mode === 'run') console.log(`Measuring: ${name} …`)
  }

  onTestCaseResult(benchmark: TestCase): void {
    const { table } = benchmark.meta()
    if (table) console.log(`\n${table.title}\n\n${formatTable(table)}\n`)
    for (const error of benchmark.result().errors ?? []) console.error(error.stack ?? error.message)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of [...modules.flatMap((module) => module.errors()), ...unhandled]) {
      console.error(error.stack ?? error.message)
    }
    if (modules.length === 0) console.error('There is no such benchmark.')
  }
}
