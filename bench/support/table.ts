import 'vitest'

/** What a benchmark found, for the terminal. */
export interface Table {
  title: string
  columns: string[]
  /** A cell for each column. Numbers are put to the right. */
  rows: (string | number)[][]
}

declare module 'vitest' {
  /** Set by a benchmark when it is done; `table-reporter.ts` prints it. */
  interface TaskMeta {
    table?: Table
  }
}
