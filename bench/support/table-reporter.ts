import { basename } from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { writeChart, writeTables } from './report.ts'
import { formatTable } from './table.ts'

/** Prints what is being measured, its table when it is done, or why it has failed. Writes what is whole into docs/, when asked to. */
export class TableReporter implements Reporter {
  onTestCaseReady({ name, options }: TestCase): void {
    if (options.mode === 'run') console.log(`Measuring: ${name} …`)
  }

  onTestCaseResult(benchmark: TestCase): void {
    const { table } = benchmark.meta()
    if (table) console.log(`\n${table.title}\n\n${formatTable(table)}\n`)
    for (const { stack, message, diff } of benchmark.result().errors ?? []) {
      console.error([stack ?? message, diff].filter(Boolean).join('\n'))
    }
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    for (const error of [...modules.flatMap((module) => module.errors()), ...unhandled]) {
      console.error(error.stack ?? error.message)
    }
    if (modules.length === 0) console.error('There is no such benchmark.')
    if (process.env.GATEHOUSE_BENCH_WRITE) for (const module of modules) write(module)
  }
}

function write({ moduleId, children }: TestModule): void {
  const name = basename(moduleId, '.bench.ts')
  const benchmarks = [...children.allTests()]
  if (!benchmarks.every((each) => each.result().state === 'passed')) {
    console.error(`Not written, since not all of it was measured: ${name}`)
    return
  }
  const found = benchmarks.map((each) => each.meta())
  writeTables(
    name,
    found.flatMap(({ table }) => table ?? []),
  )
  const charts = found.flatMap(({ chart }) => chart ?? [])
  if (charts.length > 0) writeChart(charts)
}
