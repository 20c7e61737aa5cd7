import 'vitest'
import type { Chart } from './chart.ts'

/** What a benchmark found, for the terminal. */
export interface Table {
  title: string
  columns: string[]
  /** A cell for each column. Numbers are put to the right. */
  rows: (string | number)[][]
}

declare module 'vitest' {
  /** Set by a benchmark when it is done; `table-reporter.ts` prints the table, and with `--write` puts both into docs/. */
  interface TaskMeta {
    table?: Table
    chart?: Chart
  }
}

/** In Markdown, as `docs/benchmarks.md` has it. */
export function formatTable({ columns, rows }: Omit<Table, 'title'>): string {
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
  return [line(columns), line(rule), ...rows.map(line)].join('\n')
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
