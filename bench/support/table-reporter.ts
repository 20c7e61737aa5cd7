import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import type { Table } from './table.ts'

/** Prints what is being measured, its table when it is done, or why it has failed. */
export class TableReporter implements Reporter {
  onTestCaseReady({ name }: TestCase): void {
    console.log(`Measuring: ${name} …`)
  }

  onTestCaseResult(benchmark: TestCase): void {
    const { table } = benchmark.meta()
    if (table) console.log(`\n${format(table)}\n`)
    for (const error of benchmark.result().errors ?? []) console.error(error.stack ?? error.message)
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of [...modules.flatMap((module) => module.errors()), ...unhandled]) {
      console.error(error.stack ?? error.message)
    }
    if (modules.length === 0) console.error('There is no such benchmark.')
  }
}

/** In Markdown, so that it can be pasted into `docs/benchmarks.md`. */
function format({ title, columns, rows }: Table): string {
  const cells = [columns, ...rows]
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => `${row[column]}`.length)))
  const isNumeric = columns.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  const line = (row: (string | number)[]) => {
    const padded = row.map((cell, i) =>
      isNumeric[i] ? `${cell}`.padStart(widths[i] ?? 0) : `${cell}`.padEnd(widths[i] ?? 0),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, i) => (isNumeric[i] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width)))
  return [title, '', line(columns), line(rule), ...rows.map(line)].join('\n')
}
